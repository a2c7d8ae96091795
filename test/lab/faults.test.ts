import { describe, expect, it } from 'vitest';
import { scoresOf } from '../../lab/experiment/catalogue.js';
import { settingsWith } from '../../lab/experiment/experiment.js';
import { accuracyPage } from '../../lab/experiment/scoreboard.js';
import { FAULTS } from '../../lab/faults/index.js';
import { PAIRS } from '../../lab/faults/pairs.js';
import { withSettings } from '../../lab/settings.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { REMEDIES } from '../../src/remedies/registry.js';

describe('the catalogue of faults', () => {
  it('holds more than twenty', () => {
    expect(FAULTS.length).toBeGreaterThan(20);
  });

  it('names hypotheses and remedies of the catalogue of Kneepoint', () => {
    const hypotheses = new Set(HYPOTHESES.map((h) => h.id));
    const remedies = new Set(REMEDIES.map((r) => r.id));
    for (const fault of FAULTS) {
      for (const id of fault.truth.hypotheses) expect(hypotheses, `${fault.id}: ${id}`).toContain(id);
      for (const id of Object.keys(fault.remedies)) expect(remedies, `${fault.id}: ${id}`).toContain(id);
    }
  });

  it('has remedies that change the faulty system, by settings it accepts', () => {
    for (const fault of FAULTS)
      for (const [id, settings] of Object.entries(fault.remedies)) {
        const faulty = settingsWith([fault]);
        expect(withSettings(faulty, settings), `${fault.id}: ${id}`).not.toEqual(faulty);
      }
  });

  it('pairs faults that are there', () => {
    const ids = FAULTS.map((f) => f.id);
    for (const id of PAIRS.flat()) expect(ids).toContain(id);
  });
});

describe('the scoreboard', () => {
  const experiment = (rank: number | undefined, error: number | undefined) => ({
    fault: 'small-pool',
    title: 'a pool | too small',
    baseline: '',
    verdict: 'cause-found' as const,
    found: [{ ...(rank === undefined ? {} : { rank }), falseCauses: [] }],
    ...(error === undefined
      ? {}
      : {
          measured: {
            remedy: 'size-pool',
            place: 1,
            entry: { service: '', operation: '' },
            faultyMs: 300,
            mendedMs: 100,
            inside: Math.abs(error) < 0.2,
            error,
            runs: { faulty: [300], mended: [100] },
          },
        }),
  });

  it('counts ranks, forecasts that held and the size of their errors; a missing forecast is a miss', () => {
    const experiments = [experiment(1, 0.1), experiment(2, -0.3), experiment(undefined, undefined)];
    const scores = scoresOf({
      experiments,
      calm: [{ id: 'healthy', folder: '', baseline: '', alarms: [], verdict: '' }],
      pairs: [{ id: 'a+b', baseline: '', ranks: [1, undefined], falseCauses: [] }],
    });
    expect(scores.top1).toBeCloseTo(1 / 3);
    expect(scores.top3).toBeCloseTo(2 / 3);
    expect(scores.coverage).toBeCloseTo(1 / 3);
    expect(scores.medianAbsError).toBeCloseTo(0.2);
    expect(scores).toMatchObject({ pairs: 0, falseAlarms: 0, forecasts: 2 });
  });

  it('becomes a page', () => {
    const found = {
      experiments: [experiment(1, 0.1)],
      calm: [],
      pairs: [],
      skipped: [],
      failed: [],
      seconds: 1,
    };
    expect(accuracyPage(found, scoresOf(found))).toContain('Cause found first');
  });
});
