import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProfile } from '../../src/evidence/read-profile.js';
import { interpretProfile } from '../../src/facts/profiles/interpret.js';
import { sourcesBelow } from '../../src/facts/profiles/source/find-source.js';
import { fixture } from '../evidence/readers/profiles/made.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-captures-'));
  for (const part of ['python', 'go', 'jvm', 'node'])
    cpSync(fixture(part), join(folder, part), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (program: string, args: string[], cwd = folder): { status: number | null; output: string } => {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  return { status: done.status, output: `${done.stdout}${done.stderr}` };
};
const has = (program: string): boolean => run('sh', ['-c', `command -v ${program}`], tmpdir()).status === 0;

/** py-spy comes with pip; without it the tests of Python are skipped by name. */
const hasPySpy =
  has('py-spy') || (has('pip') && run('pip', ['install', '--quiet', 'py-spy'], tmpdir()).status === 0);
const hasGo = has('go');
const hasJava = has('java') && has('javac');
for (const [name, there] of [
  ['py-spy', hasPySpy],
  ['go', hasGo],
  ['java', hasJava],
] as const)
  if (!there) console.error(`lacking ${name}: its captures are skipped`);

async function firstCause(file: string, sources: string) {
  const { profile } = await readProfile(file);
  const first = interpretProfile(profile, { sources: sourcesBelow([sources]) }).causes[0];
  return {
    cause: first?.cause,
    function: first?.places[0]?.place.function,
    line: first?.places[0]?.place.line,
  };
}

describe.skipIf(!hasPySpy)('py-spy of a program whose threads share the interpreter lock', () => {
  it.each(['raw', 'speedscope'])('written as %s', async (format) => {
    const out = join(folder, `gil.${format}`);
    const { output } = run(
      'py-spy',
      ['record', '-d', '3', '-r', '100', '-f', format, '-o', out, '--', 'python3', 'gil.py'],
      join(folder, 'python'),
    );
    expect(output).not.toMatch(/Permission denied/);
    expect(await firstCause(out, join(folder, 'python'))).toMatchObject({
      cause: 'gil-held',
      function: 'score',
    });
  });
});

describe.skipIf(!hasGo)('go tool pprof of a Go program', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'go/go.mod'), 'module prog\n\ngo 1.21\n');
    expect(run('go', ['run', '.'], join(folder, 'go'))).toMatchObject({ status: 0 });
  }, 180_000);

  it.each([
    ['cpu.pprof', 'json-stringify', 'main.encode'],
    ['mutex.pprof', 'lock-contention', 'main.guarded'],
    ['heap.pprof', 'retained-memory', 'main.keep'],
  ])('%s', async (file, cause, fn) => {
    expect(await firstCause(join(folder, 'go', file), join(folder, 'go'))).toMatchObject({
      cause,
      function: fn,
    });
  });

  it('agrees with go tool pprof on what each function itself takes', async () => {
    const file = join(folder, 'go/mutex.pprof');
    const { output } = run('go', ['tool', 'pprof', '-raw', file]);
    const total = [...output.matchAll(/^\s+(\d+)\s+(\d+): /gm)].reduce((sum, m) => sum + Number(m[2]), 0);
    const { profile } = await readProfile(file);
    const ours = Array.from(profile.tree.values[profile.primary] ?? []).reduce((a, b) => a + b, 0);
    expect(ours).toBe(total);
  });
});

describe.skipIf(!hasJava)('Flight Recorder of a Java program', () => {
  const record = (main: string, flags: string[], args: string[]): string => {
    const out = join(folder, `${main}.jfr`);
    expect(run('javac', [`${main}.java`], join(folder, 'jvm')).status).toBe(0);
    const done = run(
      'java',
      [...flags, `-XX:StartFlightRecording=filename=${out},settings=profile`, main, ...args],
      join(folder, 'jvm'),
    );
    expect(done.status, done.output).toBe(0);
    return out;
  };

  it('with a full heap: collection, where it allocates', async () => {
    const file = record('GcPressure', ['-Xmx64m', '-XX:+UseSerialGC'], ['6000']);
    expect(await firstCause(file, join(folder, 'jvm'))).toMatchObject({
      cause: 'gc',
      function: 'GcPressure.churn',
    });
  });

  it('with threads that wait for one another: the lock', async () => {
    const file = record('Locks', [], []);
    expect(await firstCause(file, join(folder, 'jvm'))).toMatchObject({
      cause: 'lock-contention',
      function: 'Locks.guarded',
    });
  });
});

describe('Node', () => {
  it('recorded by kneepoint itself: the hot line, and the program is ended in time', async () => {
    const cli = fileURLToPath(new URL('../../bin/kneepoint.mjs', import.meta.url));
    const out = join(folder, 'node.cpuprofile');
    const { output, status } = run(
      process.execPath,
      [cli, 'profile', 'record', '--out', out, '--', 'node', 'parse-orders.js'],
      join(folder, 'node'),
    );
    expect(status, output).toBe(0);
    expect(output).toContain('Parsing JSON');
    expect(await firstCause(out, join(folder, 'node'))).toMatchObject({ cause: 'json-parse', line: 7 });
  });

  it('heap: who keeps the bytes', async () => {
    run(
      'node',
      ['--heap-prof', '--heap-prof-interval=16384', '--heap-prof-name=now.heapprofile', 'keep.js'],
      join(folder, 'node'),
    );
    expect(await firstCause(join(folder, 'node/now.heapprofile'), join(folder, 'node'))).toMatchObject({
      cause: 'retained-memory',
      line: 4,
    });
  });

  it('a server that runs until it is stopped is stopped after its time', () => {
    writeFileSync(
      join(folder, 'server.js'),
      "require('http').createServer((q,s)=>s.end('x')).listen(0);setInterval(()=>{let s=0;for(let i=0;i<3e6;i++)s+=i*i},5)",
    );
    const cli = fileURLToPath(new URL('../../bin/kneepoint.mjs', import.meta.url));
    const { output, status } = run(process.execPath, [
      cli,
      'profile',
      'record',
      '--duration',
      '3',
      '--out',
      join(folder, 's.cpuprofile'),
      '--',
      'node',
      'server.js',
    ]);
    expect(status, output).toBe(0);
    expect(output).toMatch(/s\.cpuprofile: V8 CPU profile/);
  });
});
