import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sourcesOfCase } from '../../src/investigate/sources-of-case.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-case-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'traces.json'), '{}');

test('a source is looked for below the folder of its case, with its role', () => {
  expect(sourcesOfCase([{ path: 'traces.json', role: 'incident' }], folder)).toEqual({
    evidence: [{ path: join(folder, 'traces.json'), role: 'incident' }],
    systems: [],
    problems: [],
  });
});

test.each(['../secrets.json', '/etc/passwd', 'a/../../b'])(
  '%s leads out of the folder and is not opened',
  (path) => {
    const named = sourcesOfCase([{ path }], folder);
    expect(named.evidence).toEqual([]);
    expect(named.problems[0]?.what).toMatch(/below the folder/);
  },
);

test('a source that is not there is named', () => {
  expect(sourcesOfCase([{ path: 'missing.json' }], folder).problems[0]).toMatchObject({
    severity: 'error',
    where: 'case.yaml, sources: missing.json',
  });
});
