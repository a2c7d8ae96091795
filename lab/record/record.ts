import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DECOY } from '../faults/decoy.js';
import type { Fault } from '../faults/fault.js';
import { SHIPPED as FAULTS } from '../faults/index.js';
import type { Outcome } from '../load/generator.js';
import { constant, flashSale } from '../load/shape.js';
import { HEALTHY, type Settings, withSettings } from '../settings.js';
import { missingPart } from '../topology/missing.js';
import { type Services, type Stores, startServices, startStores, type Versions } from '../topology/system.js';
import { type Collector, startCollector } from './collector.js';
import { conditions } from './conditions.js';
import { loadSummary } from './load-summary.js';
import { openOtlpFiles } from './otlp-file.js';
import { runOnce, sendLoad } from './run.js';
import { tailOf } from './tail.js';
import { type Pass, truthOf } from './truth.js';

const LOAD = { shape: flashSale(40, 104), seed: 20_261_127 };
const TRACE_RATIO = 0.4;
const BEFORE: Versions = { 'checkout-api': '4.11.2', 'coupon-service': '2.1.0', 'tax-service': '1.8.0' };

type Lab = { stores: Stores; collector: Collector };

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const writeJson = (path: string, value: unknown): void =>
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

const settingsWith = (faults: readonly Fault[]): Settings =>
  faults.reduce((settings, fault) => withSettings(settings, fault.settings), HEALTHY);
const deployed = (versions: Versions, deploy: Fault['deploy']): Versions => ({
  ...versions,
  [deploy.service]: deploy.version,
});
const AFTER = [...FAULTS.map((f) => f.deploy), DECOY].reduce(deployed, BEFORE);

/** Runs one condition; with a folder, writes its telemetry and the summary of its load there. */
async function runCondition(
  { stores, collector }: Lab,
  name: string,
  faults: readonly Fault[],
  versions: Versions,
  folder?: string,
): Promise<Outcome[]> {
  const files = folder === undefined ? undefined : openOtlpFiles(folder);
  const { outcomes } = await runOnce({
    stores,
    collector,
    collectorUrl: collector.url,
    versions,
    settings: settingsWith(faults),
    traceRatio: TRACE_RATIO,
    load: LOAD,
    ...(files ? { receiver: files.write } : {}),
  });
  await files?.close();
  if (folder !== undefined)
    writeJson(join(folder, 'load-summary.json'), loadSummary(outcomes, LOAD.shape, LOAD.seed));
  const tail = tailOf(outcomes.map((o) => o.latencyMs));
  say(`${name}: ${tail.count} requests, p50 ${tail.p50Ms.toFixed(1)} ms, p99 ${tail.p99Ms.toFixed(1)} ms`);
  return outcomes;
}

/** Ships the faults and the decoy one after the other, with a little load on each; one line for each deploy. */
async function ship({ stores, collector }: Lab): Promise<string> {
  const lines: string[] = [];
  let versions = BEFORE;
  const shipped: Fault[] = [];
  for (const deploy of [...FAULTS.map((f) => f.deploy), DECOY]) {
    const fault = FAULTS.find((f) => f.deploy === deploy);
    if (fault) shipped.push(fault);
    versions = deployed(versions, deploy);
    const { service, version, message, summary } = deploy;
    const services: Services = await startServices({
      stores,
      collectorUrl: collector.url,
      versions,
      settings: settingsWith(shipped),
      traceRatio: 0,
    });
    const time = new Date().toISOString();
    await sendLoad({ port: services.port, shape: constant(20, 2), seed: lines.length });
    await services.stop();
    lines.push(JSON.stringify({ time, kind: 'deploy', service, version, message, summary }));
  }
  return `${lines.join('\n')}\n`;
}

/** Every condition once: healthy, all faults, all but one. The first pass leaves its telemetry in `out`. */
async function runPass(lab: Lab, number: number, out: string): Promise<Pass> {
  const first = number === 1;
  const folder = (name: string): [string] | [] => (first ? [join(out, name)] : []);
  const healthy = await runCondition(lab, 'healthy', [], BEFORE, ...folder('healthy'));
  if (first) writeFileSync(join(out, 'changes.ndjson'), await ship(lab));
  const incident = await runCondition(lab, 'incident', FAULTS, AFTER, ...folder('incident'));
  const without = new Map<string, Outcome[]>();
  for (const { id } of FAULTS) {
    const rest = FAULTS.filter((f) => f.id !== id);
    without.set(id, await runCondition(lab, `without ${id}`, rest, AFTER));
  }
  return { healthy, incident, without };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'lab/recordings/novapay' },
      passes: { type: 'string', default: '2' },
    },
  });
  const count = Number(values.passes);
  if (!Number.isInteger(count) || count < 1) {
    say(`--passes ${values.passes}: must be a whole number, 1 or more`);
    return 2;
  }
  const lack = missingPart();
  if (lack) {
    say(lack);
    return 3;
  }
  const out = resolve(values.out);
  for (const part of ['healthy', 'incident', 'truth'])
    rmSync(join(out, part), { recursive: true, force: true });
  mkdirSync(join(out, 'truth'), { recursive: true });
  const lab: Lab = { stores: await startStores(), collector: await startCollector() };
  try {
    const passes: Pass[] = [];
    for (let number = 1; number <= count; number++) {
      say(`pass ${number} of ${count}`);
      passes.push(await runPass(lab, number, out));
      const made = await conditions(lab.stores, { ...LOAD, traceRatio: TRACE_RATIO });
      writeJson(join(out, 'truth', 'truth.json'), { ...truthOf(passes, FAULTS), conditions: made });
    }
  } finally {
    await lab.collector.stop();
    await lab.stores.stop();
  }
  return 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main();
