import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { askAll, caseTemplate, QUESTIONS, runInit } from '../../src/cli/init.js';
import { INPUT_KEYS } from '../../src/domain/index.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-init-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a new case file', () => {
  test('asks all ten questions, each with an example', () => {
    const text = caseTemplate({});
    for (const key of INPUT_KEYS) {
      expect(text).toContain(QUESTIONS[key].ask);
      expect(text).toContain(`# for example: ${QUESTIONS[key].for_example}`);
    }
  });

  test('is read without a problem before anything is filled in', () => {
    const read = readCase(caseTemplate({}));
    expect(read.problems.filter((p) => p.severity === 'error')).toEqual([]);
    expect(read.case.facts).toEqual([]);
  });

  test('holds each answer as it was given, whatever it is made of', () => {
    const text = fc.string({ minLength: 1, maxLength: 80 }).filter((s) => /[a-z]/i.test(s));
    fc.assert(
      fc.property(text, fc.constantFrom(...INPUT_KEYS), (answer, key) => {
        const read = readCase(caseTemplate({ app_name: 'Shop', [key]: answer }));
        expect(read.problems.filter((p) => p.severity === 'error')).toEqual([]);
        if (key !== 'app_name') expect(read.case.inputs.app_name).toBe('Shop');
      }),
    );
  });
});

describe('kneepoint init', () => {
  test('takes answers from a terminal; an empty line skips a question and the end of input the rest', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    output.resume();
    const asked = askAll({ input, output });
    const lines = ['Parcel API', '', 'p99 1.4 s'];
    output.on('data', (chunk) => {
      if (!String(chunk).includes('> ')) return;
      const next = lines.shift();
      if (next === undefined) input.end();
      else input.write(`${next}\n`);
    });
    expect(await asked).toEqual({ app_name: 'Parcel API', performance_issues: 'p99 1.4 s' });
  });

  test('does not overwrite a file unless told to', async () => {
    const file = join(folder, 'case.yaml');
    writeFileSync(file, 'mine');
    const terminal = { input: new PassThrough(), output: new PassThrough() };
    await expect(runInit(file, {}, terminal)).rejects.toThrow(/already a file/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await runInit(file, { force: true }, terminal)).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('app_name:');
  });

  test('names a folder that is missing', async () => {
    const file = join(folder, 'missing', 'case.yaml');
    const terminal = { input: new PassThrough(), output: new PassThrough() };
    await expect(runInit(file, {}, terminal)).rejects.toThrow(/could not be written/);
  });
});
