import { describe, expect, it } from 'vitest';
import { scoredExperiment, scoredLines } from '../../../src/experiments/verify/record.js';

const line = {
  recommendation: 'size-pool',
  operation: 'shop POST /checkout',
  forecastMs: 120,
  intervalMs: [90, 150],
  measuredMs: 110,
  held: true,
};
const experiment = {
  fault: 'small-pool',
  title: 'Pool of 5',
  baseline: 'healthy',
  found: [],
  verdict: 'cause-found',
  measured: {
    remedy: 'size-pool',
    place: 1,
    forecast: { operation: 'POST /checkout', service: 'shop', value: 120, interval: [90, 150] },
    entry: { service: 'shop', operation: 'POST /checkout' },
    faultyMs: 400,
    mendedMs: 160,
    inside: false,
    runs: { faulty: [400, 410], mended: [160] },
  },
};

describe('a record of forecasts', () => {
  it('is read as this and earlier versions wrote it', () => {
    const now = {
      ...line,
      beforeMs: 400,
      runs: { before: 0, after: 2 },
      measuredAt: '2026-01-02T03:04:05.000Z',
    };
    const { scored, unread } = scoredLines(`${JSON.stringify(line)}\n${JSON.stringify(now)}\n\n`, 'f.ndjson');
    expect(scored).toMatchObject([{ by: 'verify', held: true }, { measuredAt: now.measuredAt }]);
    expect(unread).toEqual([]);
  });

  it.each([
    ['no JSON', 'x', /no record/],
    ['a number that is none', JSON.stringify({ ...line, measuredMs: null }), /measuredMs/],
    ['an interval turned round', JSON.stringify({ ...line, intervalMs: [150, 90] }), /begins after its end/],
  ])('with a line of %s says which one, and keeps the others', (_, wrong, why) => {
    const { scored, unread } = scoredLines(`${JSON.stringify(line)}\n${wrong}\n`, 'f.ndjson');
    expect(scored).toHaveLength(1);
    expect(unread).toMatchObject([{ where: 'f.ndjson, line 2', what: expect.stringMatching(why) }]);
  });

  it('takes the experiments of the lab', () => {
    const { scored } = scoredExperiment(JSON.stringify(experiment), 'small-pool/experiment.json');
    expect(scored).toEqual([
      {
        by: 'lab',
        fault: 'Pool of 5',
        recommendation: 'size-pool',
        operation: 'shop POST /checkout',
        forecastMs: 120,
        intervalMs: [90, 150],
        measuredMs: 160,
        beforeMs: 400,
        held: false,
        runs: { before: 2, after: 1 },
      },
    ]);
  });

  it('counts no experiment without a forecast', () => {
    const { measured: _, ...none } = experiment;
    expect(scoredExperiment(JSON.stringify(none), 'x')).toEqual({ scored: [], unread: [] });
    expect(scoredExperiment('{}', 'x').unread).toHaveLength(1);
  });
});
