import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SHIPPED } from './faults/index.js';
import { constant } from './load/shape.js';
import { startCollector } from './record/collector.js';
import { openOtlpFiles } from './record/otlp-file.js';
import { runOnce } from './record/run.js';
import { HEALTHY, withSettings } from './settings.js';
import { missingPart } from './topology/missing.js';
import { startStores } from './topology/system.js';

type Attribute = { key: string; value: { stringValue?: string } };
type Request = {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: { traceId: string }[] }[] }[];
};

/** Names of the services seen in each trace of an OTLP file. */
function servicesByTrace(path: string): Map<string, Set<string>> {
  const traces = new Map<string, Set<string>>();
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').filter(Boolean);
  for (const { resourceSpans } of lines.map((line) => JSON.parse(line) as Request))
    for (const { resource, scopeSpans } of resourceSpans) {
      const name = resource.attributes.find((a) => a.key === 'service.name')?.value.stringValue ?? '';
      for (const { traceId } of scopeSpans.flatMap((s) => s.spans))
        traces.set(traceId, (traces.get(traceId) ?? new Set()).add(name));
    }
  return traces;
}

/**
 * Starts the whole lab with the faults of the recorded example, sends 5 s of load and checks what came back: each route answers, and one
 * trace holds spans of all three services. Returns what is wrong; an empty list when nothing is.
 */
export async function smoke(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'novapay-smoke-'));
  const stores = await startStores();
  const collector = await startCollector();
  const wrong: string[] = [];
  try {
    const files = openOtlpFiles(folder);
    const { outcomes } = await runOnce({
      stores,
      collector,
      collectorUrl: collector.url,
      versions: { 'checkout-api': 'smoke', 'coupon-service': 'smoke', 'tax-service': 'smoke' },
      settings: SHIPPED.reduce((settings, fault) => withSettings(settings, fault.settings), HEALTHY),
      traceRatio: 1,
      load: { shape: constant(40, 5), seed: 1 },
      receiver: files.write,
    });
    await files.close();
    for (const route of ['GET /orders/:id', 'GET /products/:id', 'POST /checkout'] as const) {
      const statuses = outcomes.filter((o) => o.route === route).map((o) => o.status);
      const bad = statuses.filter((s) => s !== (route === 'POST /checkout' ? 201 : 200));
      if (statuses.length === 0 || bad.length > 0)
        wrong.push(`${route}: ${statuses.length} requests, ${bad.length} not answered as they should be`);
    }
    const together = [...servicesByTrace(join(folder, 'traces.ndjson.gz')).values()].some(
      (s) => s.size === 3,
    );
    if (!together) wrong.push('no trace holds spans of all three services');
  } finally {
    await collector.stop();
    await stores.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return wrong;
}

/** As a program: exit 0 when all is well, 1 when not, 3 when a part is missing. */
async function main(): Promise<number> {
  const lack = missingPart();
  if (lack) {
    process.stderr.write(`${lack}\n`);
    return 3;
  }
  const wrong = await smoke();
  for (const line of wrong) process.stderr.write(`${line}\n`);
  return wrong.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
