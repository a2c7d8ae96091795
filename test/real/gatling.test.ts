import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from '../../bench/load/target.js';
import type { LoadResult } from '../../src/domain/load-result.js';
import { readLoadResult } from '../../src/evidence/readers/load/index.js';
import { sampleOf } from '../../src/evidence/readers/sample.js';
import { gatlingJava } from '../../src/experiments/load/scripts/gatling-java.js';
import { deliverablesOf, PROMPTS } from '../deliverables/cases.js';
import { OBSERVED_REQUESTS, observedForTools } from './observed.js';
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

describe.skipIf(!has('mvn') || !has('javac'))('Gatling simulations', () => {
  let classpath = '';
  beforeAll(() => {
    writeFileSync(join(folder, 'pom.xml'), POM);
    const maven = ['-q', '-B', 'dependency:build-classpath', '-Dmdep.outputFile=cp.txt'];
    const resolved = run('mvn', maven, { cwd: folder, timeoutMs: 400_000 });
    expect(resolved.status, resolved.output).toBe(0);
    classpath = readFileSync(join(folder, 'cp.txt'), 'utf8').trim();
  }, 420_000);

  /** Compiles and runs a simulation, and reads the log that it wrote. */
  async function resultOf(
    simulation: string,
    name: string,
    settings: readonly string[],
  ): Promise<LoadResult> {
    const own = join(folder, name);
    mkdirSync(join(own, 'out'), { recursive: true });
    writeFileSync(join(own, 'LoadTest.java'), simulation);
    const compiled = run('javac', ['-cp', classpath, '-d', 'classes', 'LoadTest.java'], { cwd: own });
    expect(compiled.status, compiled.output).toBe(0);
    const ran = run(
      'java',
      [
        '--add-opens=java.base/java.lang=ALL-UNNAMED',
        `-DBASE_URL=${target.url}`,
        ...settings,
        '-cp',
        `${classpath}:classes`,
        'io.gatling.app.Gatling',
        '-s',
        'LoadTest',
        '-rf',
        'out',
        '-nr',
      ],
      { cwd: own },
    );
    // Assertions may fail on a small machine; the run itself must not.
    expect([0, 2], ran.output).toContain(ran.status);
    const [made = ''] = readdirSync(join(own, 'out'));
    const log = readFileSync(join(own, 'out', made, 'simulation.log'));
    const bytes = (async function* () {
      yield log;
    })();
    return readLoadResult({ sample: sampleOf(log, true), bytes, name: 'simulation.log' });
  }

  it('of a case compile, run at a small rate, and their log is read', { timeout: 300_000 }, async () => {
    const [, prompt] = PROMPTS[0] as readonly [string, string];
    const text =
      (await deliverablesOf(prompt.replaceAll('k6', 'Gatling'))).files.get('load/gatling.java') ?? '';
    const result = await resultOf(text, 'case', ['-DRATE=0.004', '-DTIME=0.004']);
    expect(result).toMatchObject({ tool: 'gatling', errors: 0 });
    expect(result.requests).toBeGreaterThan(10);
  });

  it('of an observed load send as many requests as were seen', { timeout: 300_000 }, async () => {
    const result = await resultOf(gatlingJava.text(observedForTools()), 'observed', ['-DSPEED=2']);
    expect(result).toMatchObject({ tool: 'gatling', errors: 0 });
    // Arrivals are drawn at random: a count of so many lies within a fifth.
    expect(Math.abs(result.requests / OBSERVED_REQUESTS - 1)).toBeLessThan(0.2);
    expect(result.parts.map((p) => p.name).sort()).toEqual(['GET /items/{key}', 'POST /orders']);
  });
});
