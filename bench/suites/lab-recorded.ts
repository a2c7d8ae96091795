import { fileURLToPath } from 'node:url';
import { scoresOf } from '../../lab/experiment/catalogue.js';
import type { Experiment } from '../../lab/experiment/experiment.js';
import { investigateRecorded } from '../../lab/experiment/recorded.js';
import type { Suite } from '../main.js';

const RUNS = fileURLToPath(new URL('../../test/fixtures/lab', import.meta.url));

/** One fault in the scores of a suite. */
export const faultRow = (e: Experiment) => ({
  fault: e.fault,
  rank: e.found[0]?.rank ?? null,
  as: e.found[0]?.finding?.hypothesis ?? null,
  share: e.found[0]?.share ?? null,
  falseCauses: e.found[0]?.falseCauses ?? [],
  remedy: e.measured?.remedy ?? null,
  forecast: e.measured?.forecast?.value ?? null,
  interval: e.measured?.forecast?.interval ?? null,
  measured: e.measured?.mendedMs ?? null,
  inside: e.measured?.inside ?? false,
});

/** The recorded runs of the lab, investigated again without servers. */
export default {
  suite: 'lab/recorded',
  about: 'recorded runs of the lab: cause found, false alarms, forecasts against what was measured then',
  ownData: true,
  async run() {
    const found = await investigateRecorded(RUNS, (doing) => process.stderr.write(`${doing}\n`));
    return {
      cases: found.experiments.length + found.calm.length + found.pairs.length,
      ...scoresOf(found),
      faults: found.experiments.map(faultRow),
      pairRanks: found.pairs.map((p) => ({ id: p.id, ranks: p.ranks, falseCauses: p.falseCauses })),
      alarms: found.calm.filter((r) => r.alarms.length > 0).map((r) => ({ id: r.id, alarms: r.alarms })),
    };
  },
} satisfies Suite;
