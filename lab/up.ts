import { parseArgs } from 'node:util';
import { FAULTS } from './faults/index.js';
import { startCollector } from './record/collector.js';
import { HEALTHY, withSettings } from './settings.js';
import { missingPart } from './topology/missing.js';
import { startServices, startStores } from './topology/system.js';

/** Starts the lab and leaves it running until interrupted. `--fault <id>` (repeatable) switches faults on. */
async function up(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fault: { type: 'string', multiple: true, default: [] },
      otlp: { type: 'string' },
    },
  });
  const unknown = values.fault.find((id) => !FAULTS.some((f) => f.id === id));
  const lack = missingPart();
  if (unknown !== undefined || lack) {
    const known = FAULTS.map((f) => f.id).join(', ');
    process.stderr.write(`${lack ?? `--fault ${unknown}: no such fault; there are ${known}`}\n`);
    process.exit(lack ? 3 : 2);
  }
  const chosen = FAULTS.filter((f) => values.fault.includes(f.id));
  const stores = await startStores();
  await stores.reset();
  const collectorUrl = values.otlp ?? (await startCollector()).url;
  const services = await startServices({
    stores,
    collectorUrl,
    versions: { 'checkout-api': 'dev', 'coupon-service': 'dev', 'tax-service': 'dev' },
    settings: chosen.reduce((settings, fault) => withSettings(settings, fault.settings), HEALTHY),
    traceRatio: 1,
  });
  process.stdout.write(`checkout API  http://127.0.0.1:${services.port}\n`);
  process.stdout.write(`settings      http://127.0.0.1:${services.adminPort}/-/settings\n`);
  process.stdout.write(
    `PostgreSQL    ${stores.databaseUrl}\nRedis         redis://127.0.0.1:${stores.redisPort}\n`,
  );
  const stop = async (): Promise<void> => {
    await services.stop();
    await stores.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

await up();
