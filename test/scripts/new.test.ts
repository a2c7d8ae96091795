import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of what the scaffold writes into, with the packages of this one. */
const copy = mkdtempSync(join(tmpdir(), 'kneepoint-new-'));
const NEEDED = [
  'src',
  'scripts',
  'test/hypotheses',
  'test/fixtures',
  'tsconfig.json',
  'package.json',
  'vitest.config.ts',
];

const ENTRIES = [
  ['hypothesis', 'database/row-storm', 'Row locks pile up'],
  ['remedy', 'database/split-by-age', 'Split a table by age'],
  ['reading', 'held-rows', 'What the hold time of a row allows'],
  ['reader', 'acme-events', 'Acme events'],
  ['deliverable', 'config/acme', 'Settings for Acme'],
] as const;

const scaffold = (...args: string[]) =>
  spawnSync(process.execPath, [join(copy, 'scripts/new.mjs'), ...args], { cwd: copy, encoding: 'utf8' });

beforeAll(() => {
  for (const path of NEEDED) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
}, 60_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('npm run new', () => {
  test.each(ENTRIES)('starts a %s: a file, a test, the registry', (kind, path, title) => {
    const run = scaffold(kind, path, title);
    expect(run.stderr.replaceAll(/src\/.*entries\n/g, '')).toBe('');
    expect(run.status).toBe(0);
    const [entry, itsTest] = [...run.stdout.matchAll(/^wrote (\S+)$/gm)].map((m) => m[1] ?? '');
    expect(entry).toMatch(new RegExp(`^src/.*${path}\\.ts$`));
    expect(itsTest).toMatch(new RegExp(`^test/.*${path}\\.test\\.ts$`));
    expect(existsSync(join(copy, itsTest ?? ''))).toBe(true);
    expect(readFileSync(join(copy, entry ?? ''), 'utf8')).not.toMatch(/__[A-Z]+__/);
  });

  test('what it started is in the registry, passes the type check and its own test', () => {
    execFileSync(process.execPath, [join(copy, 'scripts/registry.mjs'), '--check'], { cwd: copy });
    const ids = ENTRIES.map(([, path]) => path.split('/').pop() ?? '');
    const types = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect(types.stdout.split('\n').filter((line) => ids.some((id) => line.includes(id)))).toEqual([]);
    const tests = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--no-isolate',
        ...ids.map((id) => `${id}.test.ts`),
      ],
      { cwd: copy, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    expect(`${tests.stdout}${tests.stderr}`).toMatch(/Test Files\s+5 passed/);
  }, 120_000);

  test.each([
    [['hypothesis', 'storage/x', 'T'], /no layer/],
    [['hypothesis', 'x', 'T'], /the path is LAYER\/ID/],
    [['remedy', 'api/../../x', 'T'], /the path is/],
    [['reading', 'Held_Rows', 'T'], /lower case with hyphens/],
    [['reader', 'acme-logs', "it's"], /without quotes/],
    [['thing', 'x', 'T'], /is no catalogue/],
    [[], /is no catalogue/],
  ])('says what is wrong with %j', (args, message) => {
    const run = scaffold(...args);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
  });

  test('writes over nothing', () => {
    const run = scaffold('reading', 'held-rows', 'Again');
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/is there already/);
  });
});
