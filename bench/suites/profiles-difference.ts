import type { Profile } from '../../src/domain/index.js';
import { compareProfiles } from '../../src/facts/profiles/compare.js';
import { createCallTree } from '../../src/models/call-tree.js';
import { seededRandom } from '../../src/models/random.js';
import type { Suite } from '../main.js';
import { type MadeCalls, madeCalls, someLeaf } from '../profiles/made-calls.js';
import { addSample, madeProfile } from '../profiles/made-profile.js';

const SAMPLES = 20_000;
const ROUNDS = 400;
/** Own share of the function that is made slower. */
const PLANTED_SHARE = 0.05;

/** Two draws of one workload, and draws in which one function takes 1.3 and 2 times as long. */
export default {
  suite: 'profiles/difference',
  about: 'functions called changed between two profiles: none in equal ones, the planted one in others',
  ownData: true,
  async run() {
    const calls = madeCalls(6000, [5, 25], 31);
    const planted = 'planted.work';
    let falseAlarms = 0;
    let alarmed = 0;
    const exact: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      const base = draw(calls, 1, 1000 + round, planted);
      const flagged = changed(base, draw(calls, 1, 5000 + round, planted));
      falseAlarms += flagged.length;
      alarmed += flagged.length > 0 ? 1 : 0;
      for (const factor of [1.3, 2]) {
        const found = changed(base, draw(calls, factor, 9000 + round, planted));
        const isExact = found.length === 1 && found[0] === planted;
        exact[factor] = (exact[factor] ?? 0) + (isExact ? 1 : 0);
      }
    }
    return {
      cases: ROUNDS * 3,
      flaggedInEqual: falseAlarms,
      equalPairsWithFlags: alarmed,
      exactAt1_3: (exact[1.3] ?? 0) / ROUNDS,
      exactAt2: (exact[2] ?? 0) / ROUNDS,
    };
  },
} satisfies Suite;

const changed = (a: Profile, b: Profile): string[] =>
  compareProfiles(a, b)
    .functions.filter((f) => f.state !== 'same')
    .map((f) => f.name);

/** Independent samples of the workload; the planted function costs `factor` times as much. */
function draw(calls: MadeCalls, factor: number, seed: number, planted: string): Profile {
  const random = seededRandom(seed);
  const tree = createCallTree(1);
  const functions = [...calls.functions.map(({ name }) => ({ name })), { name: planted }];
  const share = (PLANTED_SHARE * factor) / (1 - PLANTED_SHARE + PLANTED_SHARE * factor);
  for (let i = 0; i < SAMPLES; i++)
    if (random() < share) tree.add(tree.child(0, functions.length - 1), 0, 1);
    else addSample(tree, calls, someLeaf({ ...calls, random }));
  return madeProfile(tree, functions, SAMPLES);
}
