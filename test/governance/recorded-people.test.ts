import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish } from '../../src/cli/investigate.js';
import { collect } from '../../src/evidence/collect.js';
import { openStore, TABLE_NAMES } from '../../src/evidence/store/index.js';
import { investigate } from '../../src/investigate/investigate.js';
import { leaks } from './customers.js';

const RECORDING = fileURLToPath(new URL('../../examples/novapay/', import.meta.url));

/** What the lab's services wrote of their customers into spans and logs, before any redaction. */
function recorded(): string {
  return ['incident', 'healthy']
    .flatMap((run) => ['logs', 'traces', 'metrics'].map((f) => join(RECORDING, run, `${f}.ndjson.gz`)))
    .map((f) => gunzipSync(readFileSync(f)).toString('utf8'))
    .join('\n');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-people-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evidence = [
  { path: join(RECORDING, 'incident'), role: 'incident' as const },
  { path: join(RECORDING, 'healthy'), role: 'baseline' as const },
];

describe('customers of a full run of the lab', () => {
  it('are in its telemetry, so that the search can find them', () => {
    expect(leaks(recorded()).length).toBeGreaterThan(500);
  });
  it('are in no table of the store', async () => {
    const store = await openStore({});
    try {
      await collect(evidence, store, { redact: true });
      for (const table of TABLE_NAMES)
        expect(leaks(JSON.stringify(await store.query(`SELECT * FROM ${table}`))), table).toEqual([]);
    } finally {
      await store.close();
    }
  }, 60_000);
  it('are in no report, result, deliverable or page', async () => {
    const caseText = readFileSync(join(RECORDING, 'case.yaml'), 'utf8');
    const out = join(folder, 'out');
    await finish(await investigate({ caseText, evidence, redact: true }), { out });
    const files = readdirSync(out, { recursive: true })
      .map((f) => join(out, String(f)))
      .filter((f) => statSync(f).isFile());
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) expect(leaks(readFileSync(file, 'utf8')), file).toEqual([]);
  }, 60_000);
});
