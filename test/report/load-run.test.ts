import { describe, expect, it } from 'vitest';
import { latencyHistogram, recordMs } from '../../src/experiments/load/histogram.js';
import { judgeRun } from '../../src/experiments/load/judge.js';
import { runDocument, sloChecks } from '../../src/experiments/load/output.js';
import { planSchema } from '../../src/experiments/load/plan.js';
import type { LoadRun } from '../../src/experiments/load/run.js';
import { furtherReasons, loadRunHtml, verdictOf } from '../../src/report/load-run.js';

const NAME = '</code><script>x</script>';

/** A run of requests that took `latency(i)` milliseconds, sent so late. */
function runOf(requests: number, latency: (i: number) => number, lagMs = 0.3): LoadRun {
  const [all, response, lag] = [latencyHistogram(), latencyHistogram(), latencyHistogram()];
  for (let i = 0; i < requests; i++) {
    recordMs(all, latency(i));
    recordMs(response, latency(i));
    recordMs(lag, lagMs);
  }
  const counted = {
    due: requests,
    sent: requests,
    dropped: 0,
    errors: 2,
    answers: requests,
    mostInFlight: 3,
  };
  return {
    plan: planSchema.parse({
      name: NAME,
      target: 'http://127.0.0.1:9',
      arrivals: { stages: [{ rate: 1, seconds: 1 }] },
      requests: [{ name: NAME, path: '/' }],
      slo: { p99Ms: 100, errorRatio: 0.01 },
    }),
    startedAtMs: 0,
    durationSeconds: 10,
    ...counted,
    errorKinds: { '5xx': 2 },
    throughput: requests / 10,
    latency: all,
    response,
    lag,
    byRequest: [{ name: NAME, answers: requests, errors: 2, latency: all }],
    seconds: [],
    judgement: judgeRun({ ...counted, waited: 0, lag, latency: all, busy: [0.1], unanswered: 0 }),
  };
}
const told = (run: LoadRun) => {
  const [document, slo] = [runDocument(run), sloChecks(run)];
  return {
    says: verdictOf(document, slo),
    answers: slo.map((c) => c.answer),
    document,
    html: loadRunHtml(document, run.seconds, slo),
  };
};

describe('the report of a load run', () => {
  it('says whether the objectives are met, with their units', () => {
    const good = told(runOf(5000, (i) => i / 100));
    expect(good.says).toContain('the objectives are met');
    expect(good.answers).toEqual(['met', 'met']);
    const slow = told(runOf(5000, (i) => i / 10));
    expect(slow.says).toContain('p99 is over its limit of 100 ms');
    expect(slow.html).toContain('✓ met: error ratio 0.04 %, limit 1 %');
  });

  it('does not call an objective met that so few requests do not tell', () => {
    const few = told(runOf(120, () => 5));
    expect(few.answers).toEqual(['untold', 'missed']);
    const fewer = runOf(120, () => 5);
    const without = told({ ...fewer, errors: 0 });
    expect(without.answers).toEqual(['untold', 'met']);
    expect(without.says).toContain('whether p99 is within 100 ms takes a longer run to tell');
    expect(without.html).toContain('– not told by this run: p99');
  });

  it('judges no objective by a run that does not count, and gives its reason once', () => {
    const late = told(runOf(5000, (i) => i / 100, 40));
    expect(late.says).toMatch(/^Not valid: the generator itself was late/);
    expect(late.answers).toEqual(['untold', 'untold']);
    expect(furtherReasons(late.document)).toEqual([]);
    expect(late.html.split('the generator itself was late')).toHaveLength(2);
  });

  it('escapes what the plan calls things', () => {
    const { html } = told(runOf(5000, () => 5));
    expect(html).not.toContain('<script>');
  });
});
