import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../src/domain/load-result.js';
import { loadFormat, readLoadResult } from '../../../src/evidence/readers/load/index.js';
import { LoadFault } from '../../../src/evidence/readers/load/reader.js';
import { sampleOf } from '../../../src/evidence/readers/sample.js';

const FOLDER = new URL('../../fixtures/load/', import.meta.url);
const bytesOf = (file: string): Buffer => readFileSync(new URL(file, FOLDER));

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
}
const read = (bytes: Buffer): Promise<LoadResult> =>
  readLoadResult({ sample: sampleOf(bytes, true), bytes: chunks(bytes), name: 'a file' });

/** File, reader, and where to cut so that the damage shows. */
const CAPTURES = [
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
  ['tests.csv', 'junit-csv', 0.55],
] as const;

describe('results of load tools', () => {
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
