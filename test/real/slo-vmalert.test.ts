import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/topology/free-port.js';
import { planOf } from '../../src/deliverables/slo/plan.js';
import { ruleFile } from '../../src/deliverables/slo/rules.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { readRuleFile } from '../../src/experiments/rules/rule-file.js';
import { append, newStorage, seriesFor } from '../../src/experiments/rules/series.js';
import { backtest } from '../../src/experiments/slo/backtest.js';
import { MINUTES, SPEC, traffic } from './slo-traffic.js';
import { type RunningServer, started } from './started.js';
import { has, run } from './tools.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-vmalert-'));
const STEP_MS = 60_000;
/** A whole minute in the recent past: the server keeps a month. */
const START_MS = Math.floor(Date.now() / STEP_MS) * STEP_MS - (MINUTES + 60) * STEP_MS;

let url = '';
let database: RunningServer | undefined;

describe.skipIf(!has('vmalert') || !has('victoria-metrics'))('a replay', () => {
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    database = await started(
      'victoria-metrics',
      [
        `-httpListenAddr=127.0.0.1:${port}`,
        `-storageDataPath=${join(folder, 'data')}`,
        '-retentionPeriod=1',
        '-search.disableCache',
      ],
      url,
      '/health',
    );
  });
  afterAll(async () => {
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([1, 2])(
    'agrees with vmalert on every firing interval, to one evaluation, seed %i',
    async (seed) => {
      const rules = ruleFile(
        readSloSpecs(SPEC.replace('service: shop', `service: shop${seed}`)).map(planOf),
      ).replaceAll('events_total', `events_${seed}_total`);
      const { good, bad } = traffic(seed);
      const storage = newStorage();
      const lines: string[] = [];
      for (const [result, values] of Object.entries({ good, bad })) {
        const name = `events_${seed}_total`;
        const series = seriesFor(storage, { __name__: name, result });
        values.forEach((v, m) => {
          append(series, START_MS + m * STEP_MS, v);
          lines.push(`${name}{result="${result}"} ${v} ${START_MS + m * STEP_MS}`);
        });
      }
      await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: `${lines.join('\n')}\n` });
      await fetch(`${url}/internal/force_flush`);
      const endMs = START_MS + MINUTES * STEP_MS;
      const groups = readRuleFile(rules);
      const { firings } = backtest(groups, { storage, startMs: START_MS, endMs, counts: true }, []);
      expect(firings.length).toBeGreaterThan(1);

      const file = join(folder, `rules-${seed}.yml`);
      writeFileSync(file, rules);
      const replayed = run('vmalert', [
        `-rule=${file}`,
        `-datasource.url=${url}`,
        `-remoteWrite.url=${url}`,
        `-remoteRead.url=${url}`,
        `-replay.timeFrom=${new Date(START_MS).toISOString()}`,
        `-replay.timeTo=${new Date(endMs).toISOString()}`,
        // What a rule has written is found by the next one after a second, or a little more.
        '-replay.rulesDelay=2s',
        '-evaluationInterval=1m',
        '-datasource.queryStep=1m',
        '-httpListenAddr=127.0.0.1:0',
      ]);
      expect(replayed.output).toContain('replay finished');
      await fetch(`${url}/internal/force_flush`);
      const alerts = groups.flatMap((g) => g.rules).filter((r) => r.kind === 'alert');
      for (const alert of alerts) {
        const ours = firings.filter((f) => f.alert === alert.name);
        const theirs = await firing(alert.name);
        const differ = Array.from({ length: MINUTES + 1 }, (_, m) => START_MS + m * STEP_MS).filter((at) => {
          const inOurs = ours.some((f) => f.startMs <= at && at <= f.endMs);
          // One evaluation to either side may be seen otherwise.
          const near = [at - STEP_MS, at, at + STEP_MS].map((t) => theirs.has(t));
          return inOurs ? !near.includes(true) : !near.includes(false);
        });
        expect({ alert: alert.name, differ: differ.map((at) => (at - START_MS) / STEP_MS) }).toEqual({
          alert: alert.name,
          differ: [],
        });
      }
    },
  );
});

/** The evaluations at which vmalert saw an alert fire: the samples that it wrote, as they are kept. */
async function firing(alert: string): Promise<Set<number>> {
  const wanted = new URLSearchParams({ 'match[]': `ALERTS{alertname="${alert}",alertstate="firing"}` });
  const response = await fetch(`${url}/api/v1/export?${wanted}`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return new Set(lines.flatMap((line) => (JSON.parse(line) as { timestamps: number[] }).timestamps));
}
