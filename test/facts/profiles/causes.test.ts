import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/domain/index.js';
import { readProfile } from '../../../src/evidence/read-profile.js';
import { compareProfiles } from '../../../src/facts/profiles/compare.js';
import { type Interpretation, interpretProfile } from '../../../src/facts/profiles/interpret.js';
import { sourcesBelow } from '../../../src/facts/profiles/source/find-source.js';
import { slowPattern } from '../../../src/facts/profiles/source/slow-pattern.js';
import { fixture, readContent } from '../../evidence/readers/profiles/made.js';

const interpreted = async (path: string, folder: string): Promise<Interpretation> => {
  const { profile } = await readProfile(fixture(path));
  return interpretProfile(profile, { sources: sourcesBelow([fixture(folder)]) });
};

describe('the first cause of a real capture', () => {
  it('of Node that parses JSON is the hot line, by its source', async () => {
    const first = (await interpreted('node/parse-orders.cpuprofile', 'node')).causes[0];
    expect(first).toMatchObject({ cause: 'json-parse', api: 'JSON.parse' });
    expect(first?.places[0]?.place).toMatchObject({ line: 7, text: 'sum += JSON.parse(text).length;' });
  });

  it('without the source is the place, and no more', async () => {
    const { profile } = await readProfile(fixture('node/parse-orders.cpuprofile'));
    const first = interpretProfile(profile).causes[0];
    expect(first).toMatchObject({ cause: 'own-code', kind: 'unnamed' });
    expect(first?.places[0]?.place.line).toBe(7);
  });

  it('of Python threads is the interpreter lock that one of them holds', async () => {
    const first = (await interpreted('python/gil.collapsed', 'python')).causes[0];
    expect(first).toMatchObject({ cause: 'gil-held' });
    expect(first?.places[0]?.place).toMatchObject({ function: 'score', line: 6 });
  });

  it('of Go that writes JSON is that, at the line of the program', async () => {
    const first = (await interpreted('go/cpu.pprof', 'go')).causes[0];
    expect(first?.cause).toBe('json-stringify');
    expect(first?.places[0]?.place.function).toBe('main.encode');
  });

  it('of Go’s mutex profile is who holds the lock', async () => {
    const first = (await interpreted('go/mutex.pprof', 'go')).causes[0];
    expect(first).toMatchObject({ cause: 'lock-contention' });
    expect(first?.places[0]?.place.function).toBe('main.guarded');
  });

  it('of Go’s heap profile is who keeps the bytes', async () => {
    const first = (await interpreted('go/heap.pprof', 'go')).causes[0];
    expect(first).toMatchObject({ cause: 'retained-memory' });
    expect(first?.places[0]?.place.function).toBe('main.keep');
  });

  it('of Java threads that block is the lock, with where', async () => {
    const first = (await interpreted('jvm/locks.jfr.gz', 'jvm')).causes[0];
    expect(first).toMatchObject({ cause: 'lock-contention', basis: 'events' });
    expect(first?.places[0]?.place.function).toBe('Locks.guarded');
  });

  it('of Java that allocates is collection, with the line that allocates', async () => {
    const first = (await interpreted('jvm/gc.jfr.gz', 'jvm')).causes[0];
    expect(first).toMatchObject({ cause: 'gc', basis: 'events' });
    expect(first?.places[0]?.place.function).toBe('GcPressure.churn');
  });

  it('of Java that does nothing but collect is collection, though no thread was found running', async () => {
    const { profile } = await readProfile(fixture('jvm/gc.jfr.gz'));
    const allocated = profile.sampleTypes.findIndex((t) => t.unit === 'bytes');
    const values = profile.tree.values.map((v, i) => (i === 0 ? v.map(() => 0) : v));
    const idle = { ...profile, tree: { ...profile.tree, values }, primary: allocated };
    const [first] = interpretProfile(idle).causes;
    expect(first).toMatchObject({ cause: 'gc', basis: 'events' });
    // Of bytes that were asked for by name, pauses tell nothing.
    const asked = interpretProfile({ ...idle, primary: 0 }, { sampleType: allocated });
    expect(asked.causes.map((c) => c.cause)).not.toContain('gc');
  });

  it('of Node’s heap profile is who keeps the bytes', async () => {
    const first = (await interpreted('node/keep.heapprofile', 'node')).causes[0];
    expect(first).toMatchObject({ cause: 'retained-memory' });
    expect(first?.places[0]?.place.line).toBe(4);
  });
});

describe('a profile that cannot tell', () => {
  it('for too few samples says so', async () => {
    const { profile } = await readContent('main;work 4\nmain;other 3\n');
    expect(interpretProfile(profile).adequacy.verdict).toBe('too-few-samples');
  });

  it('of a program that waits says idle', async () => {
    const { profile } = await readContent(
      '<module> (a.py:1);Thread.join (threading.py:1119) 2000\n<module> (a.py:1);f (a.py:2) 3\n',
    );
    const seen = interpretProfile(profile);
    expect(seen.idleShare).toBeGreaterThan(0.99);
    expect(seen.adequacy.verdict).toBe('idle');
  });
});

/** A V8 profile of a made program whose whole time is on given lines. */
function madeV8(
  url: string,
  functions: { name: string; line: number; column: number; ticks: [number, number][] }[],
): string {
  const root = {
    id: 1,
    callFrame: { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 },
    hitCount: 0,
    children: functions.map((_, i) => i + 2),
  };
  const nodes = functions.map((f, i) => ({
    id: i + 2,
    callFrame: {
      functionName: f.name,
      scriptId: '1',
      url,
      lineNumber: f.line - 1,
      columnNumber: f.column - 1,
    },
    hitCount: f.ticks.reduce((sum, [, n]) => sum + n, 0),
    positionTicks: f.ticks.map(([line, ticks]) => ({ line, ticks })),
  }));
  const samples = nodes.flatMap((n) => Array.from({ length: n.hitCount }, () => n.id));
  return JSON.stringify({
    nodes: [root, ...nodes],
    startTime: 0,
    endTime: samples.length * 1000,
    samples,
    timeDeltas: samples.map(() => 1000),
  });
}

describe('the hot line joined with its source', () => {
  const program = async (text: string, line: number, column: number, hot: number, name = 'f.js') => {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
    try {
      writeFileSync(join(folder, name), text);
      const { profile } = await readContent(
        madeV8(`file:///srv/app/${name}`, [{ name: 'f', line, column, ticks: [[hot, 200]] }]),
      );
      return interpretProfile(profile, { sources: sourcesBelow([folder]) }).causes[0];
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each([
    ['function f(a) {\n  for (const x of a)\n    a.includes(x);\n}', 1, 11, 3, 'list-scanning'],
    ['function f(t) {\n  return /^(\\w+\\s?)*$/.test(t);\n}', 1, 11, 2, 'regular-expression'],
    [
      'const f = (rows) => {\n  let out = "";\n  for (const r of rows) out += r;\n  return out;\n}',
      1,
      11,
      3,
      'string-building',
    ],
    ['function f(n) {\n  let s = 0;\n  for (let i = 0; i < n; i++) s += i * i;\n}', 1, 11, 3, 'computation'],
    ['function f(o) {\n  const copy = structuredClone(o);\n  return copy;\n}', 1, 11, 2, 'structured-clone'],
    ['function f(ready) {\n  while (!ready()) {}\n}', 1, 11, 2, 'busy-wait'],
    ['function f(n) {\n  return n < 2 ? n : f(n - 1) + f(n - 2);\n}', 1, 11, 2, 'recursion'],
  ])('names the work of %s', async (text, line, column, hot, cause) => {
    expect((await program(text, line, column, hot))?.cause).toBe(cause);
  });

  it('reads TypeScript', async () => {
    const first = await program(
      'function f(o: Record<string, unknown>): string {\n  return JSON.stringify(o);\n}',
      1,
      11,
      2,
      'f.ts',
    );
    expect(first?.cause).toBe('json-stringify');
  });

  it('never reads a file outside the folders that were given', () => {
    const sources = sourcesBelow([fixture('python')]);
    expect(sources.text('../node/keep.js')).toBeUndefined();
    expect(sources.text('file:///etc/hostname')).toBeUndefined();
    expect(sources.text('/srv/anything/gil.py')?.text).toContain('def score');
  });
});

describe('patterns that backtrack', () => {
  it.each(['^(a+)+$', '(\\w+\\s?)*$', '^(a|ab)*c', '(.*)*x'])('%s is slow', (p) => {
    expect(slowPattern(p)).toBeDefined();
  });
  it.each(['^[a-z]+$', '(\\d{4})-(\\d{2})', '(foo|bar)+', 'a+b+'])('%s is not', (p) => {
    expect(slowPattern(p)).toBeUndefined();
  });
});

describe('two profiles', () => {
  const made = async (work: number): Promise<Profile> =>
    (
      await readContent(
        `${Array.from({ length: 30 }, (_, i) => `main;f${i} 300`).join('\n')}\nmain;work ${work}\n`,
      )
    ).profile;

  it('compared, show the function that got slower and no other', async () => {
    const compared = compareProfiles(await made(500), await made(1000));
    expect(compared.functions.filter((f) => f.state !== 'same').map((f) => [f.name, f.state])).toEqual([
      ['work', 'slower'],
    ]);
  });

  it('with the work that was done, show cost for a request', async () => {
    const same = await made(500);
    const compared = compareProfiles(same, same, { work: { before: 1000, after: 500 } });
    expect(compared.total).toBeCloseTo(2);
    expect(compared.functions.filter((f) => f.state === 'slower').length).toBe(31);
  });

  it('list what is new and what vanished', async () => {
    const before = (await readContent('main;a 500\nmain;b 500\nmain;c 500\nmain;d 500\nmain;old 200\n'))
      .profile;
    const after = (await readContent('main;a 500\nmain;b 500\nmain;c 500\nmain;d 500\nmain;fresh 200\n'))
      .profile;
    const states = new Map(compareProfiles(before, after).functions.map((f) => [f.name, f.state]));
    expect(states.get('fresh')).toBe('new');
    expect(states.get('old')).toBe('vanished');
  });
});
