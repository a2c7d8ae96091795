import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exportResult } from '../../src/cli/export.js';
import { runInvestigate } from '../../src/cli/investigate.js';
import { resultSchema } from '../../src/domain/index.js';

let folder: string;
let printed = '';
const at = (name: string): string => join(folder, name);
const options = (policy: string) => ({
  source: [],
  evidence: [],
  baseline: [],
  redact: true,
  out: at('out'),
  policy,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-classified-'));
  writeFileSync(at('policy.yaml'), 'classification: { level: restricted, exportUpTo: internal }\n');
  writeFileSync(at('case.txt'), '[app_name]: Harbour Shop\n[current_metrics]: p99 1.8s, QPS 3k\n');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  await runInvestigate([at('case.txt')], options(at('policy.yaml')));
}, 60_000);
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('the classification of the policy', () => {
  it('stands in the result with its retention class', () => {
    const result = resultSchema.parse(JSON.parse(readFileSync(at('out/result.json'), 'utf8')));
    expect(result.classification).toBe('restricted');
    expect(result.retentionClass).toBe('report');
  });
  it.each(['report.md', 'report.html', 'deliverables/CLASSIFICATION'])('is printed in %s', (file) => {
    expect(readFileSync(at(`out/${file}`), 'utf8')).toContain('restricted');
  });
  it('is printed in the terminal', () => {
    expect(printed).toContain('Classification: restricted');
  });
  it('refuses the export of what is above the level that may leave', async () => {
    await expect(
      exportResult(at('out/result.json'), {
        to: at('to'),
        policy: at('policy.yaml'),
        folder: at('approvals'),
      }),
    ).rejects.toThrow(/The result is restricted; at most internal may be exported/);
  });
  it('is no level that nobody knows', async () => {
    writeFileSync(at('wrong.yaml'), 'classification: { level: secret }\n');
    await expect(runInvestigate([at('case.txt')], options(at('wrong.yaml')))).rejects.toThrow(
      /classification\.level/,
    );
  });
  it('is kept as a report where a result of an older version has no retention class', () => {
    const { retentionClass: _, ...old } = JSON.parse(readFileSync(at('out/result.json'), 'utf8'));
    expect(resultSchema.parse(old).retentionClass).toBe('report');
  });
});
