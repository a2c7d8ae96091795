import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from '../../bench/load/target.js';
import { readLoadResult } from '../../src/evidence/readers/load/index.js';
import { sampleOf } from '../../src/evidence/readers/sample.js';
import { deliverablesOf, PROMPTS } from '../deliverables/cases.js';
import { has, run } from './tools.js';

const GATLING = '3.13.5';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>t</groupId><artifactId>t</artifactId><version>1</version><dependencies><dependency>
<groupId>io.gatling.highcharts</groupId><artifactId>gatling-charts-highcharts</artifactId><version>${GATLING}</version>
</dependency></dependencies></project>`;
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-gatling-'));
let target: Target;
beforeAll(async () => {
  // In a process of its own: running the tools blocks this one.
  target = await startTarget(0, 0);
});
afterAll(() => {
  target.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!has('mvn') || !has('javac'))('the Gatling simulation of a case', () => {
  it('compiles, runs at a small rate, and its log is read', { timeout: 600_000 }, async () => {
    const [, prompt] = PROMPTS[0] as readonly [string, string];
    const text =
      (await deliverablesOf(prompt.replaceAll('k6', 'Gatling'))).files.get('load/gatling.java') ?? '';
    writeFileSync(join(folder, 'pom.xml'), POM);
    writeFileSync(join(folder, 'LoadTest.java'), text);
    const maven = ['-q', '-B', 'dependency:build-classpath', '-Dmdep.outputFile=cp.txt'];
    const resolved = run('mvn', maven, { cwd: folder, timeoutMs: 400_000 });
    expect(resolved.status, resolved.output).toBe(0);
    const classpath = readFileSync(join(folder, 'cp.txt'), 'utf8').trim();
    const compiled = run('javac', ['-cp', classpath, '-d', 'classes', 'LoadTest.java'], { cwd: folder });
    expect(compiled.status, compiled.output).toBe(0);
    mkdirSync(join(folder, 'out'));
    const ran = run(
      'java',
      [
        '--add-opens=java.base/java.lang=ALL-UNNAMED',
        `-DBASE_URL=${target.url}`,
        '-DRATE=0.004',
        '-DTIME=0.004',
        '-cp',
        `${classpath}:classes`,
        'io.gatling.app.Gatling',
        '-s',
        'LoadTest',
        '-rf',
        'out',
        '-nr',
      ],
      { cwd: folder },
    );
    // Assertions may fail on a small machine; the run itself must not.
    expect([0, 2], ran.output).toContain(ran.status);
    const [made = ''] = readdirSync(join(folder, 'out'));
    const log = readFileSync(join(folder, 'out', made, 'simulation.log'));
    const bytes = (async function* () {
      yield log;
    })();
    const result = await readLoadResult({ sample: sampleOf(log, true), bytes, name: 'simulation.log' });
    expect(result).toMatchObject({ tool: 'gatling', errors: 0 });
    expect(result.requests).toBeGreaterThan(10);
  });
});
