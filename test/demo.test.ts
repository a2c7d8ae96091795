import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import type { Result } from '../src/domain/index.js';
import { type InvestigationInput, investigate } from '../src/investigate/investigate.js';

// A whole investigation: slow on a loaded machine, which says nothing about the result.
vi.setConfig({ testTimeout: 180_000 });

const CASE = new URL('../examples/novapay/', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, CASE));

/** The cause that a fault of the lab is, in the words of the catalogue. */
const CAUSE_OF: Readonly<Record<string, string>> = {
  'coupon-at-checkout': 'new-dependency-call',
  'lazy-order-lines': 'n-plus-one',
  'small-pool': 'pool-exhausted',
  'short-ttl': 'ttl-too-short',
};

const resultOf = async (evidence: InvestigationInput['evidence'], caseText?: string): Promise<Result> =>
  (await investigate({ ...(caseText === undefined ? {} : { caseText }), evidence, redact: true })).result;

const truthFile = at('truth/truth.json');

test.runIf(existsSync(truthFile))(
  'every fault that truly carries a tenth of the excess is named, in the order of true shares, and little is left unexplained',
  async () => {
    const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as {
      faults: { id: string; share: { meanAboveP95: number } }[];
    };
    const result = await resultOf(
      [
        { path: at('incident'), role: 'incident' },
        { path: at('healthy'), role: 'baseline' },
        { path: at('changes.ndjson'), role: 'unspecified' },
      ],
      readFileSync(at('case.yaml'), 'utf8'),
    );
    const carrying = truth.faults
      .filter((f) => f.share.meanAboveP95 >= 0.1)
      .sort((a, b) => b.share.meanAboveP95 - a.share.meanAboveP95)
      .map((f) => CAUSE_OF[f.id]);
    const named = result.verdict.findings.map((id) => id.split('/')[0]);
    expect(named.filter((h) => carrying.includes(h))).toEqual(carrying);
    const unexplained = result.facts.find((f) => f.id === result.excess?.unexplainedShare);
    expect(unexplained?.value).toBeLessThanOrEqual(0.15);
  },
);

test.each(['first half against second', 'second half against first'])(
  'the healthy recording, %s: no cause',
  async (order) => {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-halves-'));
    try {
      const [early, late] = halves(at('healthy/traces.ndjson.gz'), folder);
      const [incident, baseline] = order.startsWith('first') ? [early, late] : [late, early];
      const result = await resultOf([
        { path: incident, role: 'incident' },
        { path: baseline, role: 'baseline' },
      ]);
      expect(result.verdict.kind).toBe('no-cause');
      expect(result.findings.filter((f) => f.verdict === 'supported')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

interface Exported {
  resourceSpans: { scopeSpans: { spans: { traceId: string; startTimeUnixNano: string }[] }[] }[];
}

/** Writes the traces that start in the first and in the second half of a recording to two files. */
function halves(file: string, folder: string): [string, string] {
  const requests = gunzipSync(readFileSync(file))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exported);
  const starts = new Map<string, bigint>();
  for (const span of requests.flatMap((r) =>
    r.resourceSpans.flatMap((x) => x.scopeSpans.flatMap((s) => s.spans)),
  )) {
    const start = BigInt(span.startTimeUnixNano);
    const known = starts.get(span.traceId);
    if (known === undefined || start < known) starts.set(span.traceId, start);
  }
  const all = [...starts.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = all[Math.floor(all.length / 2)] ?? 0n;
  const write = (name: string, keep: (start: bigint) => boolean): string => {
    const lines = requests.map((r) =>
      JSON.stringify({
        resourceSpans: r.resourceSpans.map((x) => ({
          ...x,
          scopeSpans: x.scopeSpans.map((s) => ({
            ...s,
            spans: s.spans.filter((span) => keep(starts.get(span.traceId) ?? 0n)),
          })),
        })),
      }),
    );
    const path = join(folder, name);
    writeFileSync(path, gzipSync(lines.join('\n')));
    return path;
  };
  return [write('early.ndjson.gz', (s) => s < middle), write('late.ndjson.gz', (s) => s >= middle)];
}

test('the healthy recording under the same case, within its target: nothing is advised', async () => {
  const result = await resultOf(
    [{ path: at('healthy'), role: 'unspecified' }],
    readFileSync(at('case.yaml'), 'utf8'),
  );
  expect(result.verdict.kind).toBe('no-cause');
  expect(result.recommendations).toEqual([]);
});
