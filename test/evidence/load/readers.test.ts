import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../src/domain/load-result.js';
import { LOAD_READERS, loadFormat, readLoadResult } from '../../../src/evidence/readers/load/index.js';
import { LoadFault } from '../../../src/evidence/readers/load/reader.js';
import { sampleOf } from '../../../src/evidence/readers/sample.js';

const FOLDER = new URL('../../fixtures/load/', import.meta.url);
const bytesOf = (file: string): Buffer => readFileSync(new URL(file, FOLDER));

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
}
const read = (bytes: Buffer): Promise<LoadResult> =>
  readLoadResult({ sample: sampleOf(bytes, true), bytes: chunks(bytes), name: 'a file' });

/** File as its tool wrote it, reader, and where to cut so that the damage shows. */
const CAPTURES = [
  ['kneepoint-run.json', 'kneepoint-run', 0.5],
  ['k6-points.ndjson', 'k6-points', 0.5],
  ['k6.csv', 'k6-csv', 0.5],
  ['k6-summary-export.json', 'k6-summary', 0.5],
  ['k6-handle-summary.json', 'k6-summary', 0.5],
  ['gatling-3.11-simulation.log', 'gatling-text', 0.5],
  ['gatling-3.13-simulation.log', 'gatling-binary', 0.5],
  ['gatling-stats.json', 'gatling-stats', 0.5],
  ['artillery.json', 'artillery', 0.5],
  ['autocannon.json', 'autocannon', 0.9],
  ['wrk.txt', 'wrk', 0.6],
  ['hey.txt', 'hey', 0.5],
  ['hey.csv', 'hey-csv', 0.502],
  ['ab.txt', 'ab', 0.5],
  ['ab.tsv', 'ab-gnuplot', 0.5],
  ['vegeta.ndjson', 'vegeta-json', 0.5],
  ['vegeta.csv', 'vegeta-csv', 0.5],
  ['vegeta-report.json', 'vegeta-report', 0.8],
  ['vegeta.txt', 'vegeta-text', 0.3],
  ['jmeter.jtl', 'jmeter-jtl', 0.5],
  ['histogram.hlog', 'hdr-log', 0.5],
  ['locust_stats.csv', 'locust-stats', 0.8],
  ['pytest.csv', 'pytest-csv', 0.6],
  ['allure-suites.csv', 'junit-csv', 0.55],
] as const;

describe('results of load tools', () => {
  it('have a capture for every reader that there is', () => {
    const captured = new Set<string>(CAPTURES.map(([, id]) => id));
    expect(LOAD_READERS.filter((r) => !captured.has(r.id)).map((r) => r.id)).toEqual([]);
    expect(new Set(LOAD_READERS.map((r) => r.id)).size).toBe(LOAD_READERS.length);
  });

  it.each(CAPTURES)('%s is told by its content and read', async (file, id) => {
    const bytes = bytesOf(file);
    expect(loadFormat(sampleOf(bytes, true))?.reader.id).toBe(id);
    expect(await read(bytes)).toMatchSnapshot();
  });

  it.each(CAPTURES)('%s cut off gives one clear error', async (file, _id, share) => {
    const bytes = bytesOf(file);
    const cut = bytes.subarray(0, Math.floor(bytes.length * share));
    const fault = await read(cut).then(
      (result) => result,
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(LoadFault);
    expect((fault as LoadFault).where).toContain('a file');
  });

  it('says that dropped iterations make percentiles a lower bound', async () => {
    for (const file of ['k6-points.ndjson', 'k6.csv', 'k6-summary-export.json', 'k6-handle-summary.json']) {
      const result = await read(bytesOf(file));
      expect(result.dropped).toBeGreaterThan(0);
      expect(result.lowerBound).toBe(true);
      expect(result.caveats.join(' ')).toContain('lower bound');
    }
  });

  it('marks tools that wait for answers as not safe from omission', async () => {
    for (const file of ['wrk.txt', 'hey.txt', 'ab.txt', 'autocannon.json', 'jmeter.jtl'])
      expect(await read(bytesOf(file))).toMatchObject({
        loop: 'closed',
        omissionSafe: false,
        lowerBound: true,
      });
  });

  it('leaves skipped tests out and takes the unit from the column', async () => {
    for (const file of ['pytest.csv', 'allure-suites.csv']) {
      const result = await read(bytesOf(file));
      expect(result.requests).toBe(8);
      expect(result.errors).toBe(3);
      expect(result.latencyMs.max).toBeGreaterThan(100);
      expect(result.latencyMs.max).toBeLessThan(1000);
    }
    const bare = Buffer.from('name,duration,status\npays,12,passed\n');
    await expect(read(bare)).rejects.toThrow(/no load-test result/);
  });

  it('takes the machine-readable summary of k6, which has no p99', async () => {
    const metric = (name: string, type: string, values: object) => ({
      name,
      type,
      contains: 'default',
      values,
    });
    const summary = {
      version: '1.0.0',
      metadata: { k6Version: '2.0.0', generatedAt: '2026-01-02T03:04:05Z' },
      config: { script: 'load.js', duration: 20, execution: 'local' },
      results: {
        checks: { metrics: [], results: [] },
        metrics: [
          metric('http_reqs', 'counter', { count: 1000 }),
          metric('http_req_failed', 'rate', { matches: 10, total: 1000, rate: 0.01 }),
          metric('dropped_iterations', 'counter', { count: 3 }),
          metric('http_req_duration', 'trend', { avg: 5, min: 1, med: 4, max: 30, 'p(90)': 9, 'p(95)': 12 }),
        ],
      },
    };
    const bytes = Buffer.from(JSON.stringify(summary));
    const result = await read(bytes);
    expect(result).toMatchObject({
      requests: 1000,
      errors: 10,
      throughput: 50,
      lowerBound: true,
      dropped: 3,
    });
    expect(result.latencyMs).toEqual({ mean: 5, min: 1, p50: 4, max: 30, p90: 9, p95: 12 });
    expect(result.caveats.join(' ')).toContain('p99 is not in');
    await expect(read(bytes.subarray(0, 200))).rejects.toBeInstanceOf(LoadFault);
  });

  it('names what it looked for when nothing fits', async () => {
    await expect(read(Buffer.from('hello\n'))).rejects.toThrow(/Looked for: .*JMeter/);
    await expect(read(Buffer.alloc(0))).rejects.toThrow(/empty/);
  });

  it('agrees between the formats of one attack', async () => {
    const json = await read(bytesOf('vegeta.ndjson'));
    const csv = await read(bytesOf('vegeta.csv'));
    expect(csv.latencyMs).toEqual(json.latencyMs);
    expect(csv.errors).toBe(json.errors);
  });
});
