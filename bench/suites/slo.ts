import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSloSpec } from '../../src/evidence/readers/slo/read.js';
import type { Suite } from '../main.js';
import { checkSpecs, hasPromtool, type Outcome } from '../slo/behaviour.js';
import { checkGiven } from '../slo/given-tests.js';

/** Rules of promises behave: ours from specifications of all kinds, and given tests on given rules and on ours. */
export default {
  suite: 'slo',
  about: 'rules from OpenSLO and Sloth files pass promtool and behave; given promtool tests hold on ours too',
  ownData: true,
  async run(folder) {
    const withPromtool = hasPromtool();
    const own = fileURLToPath(new URL('../slo/specs', import.meta.url));
    const outcomes = [own, folder].flatMap((f) => checkFolder(f, withPromtool));
    return {
      cases: outcomes.length,
      passedShare: outcomes.filter((o) => o.passed).length / Math.max(1, outcomes.length),
      failed: outcomes.filter((o) => !o.passed).map((o) => `${o.name}: ${o.detail}`),
      promtool: withPromtool ? 'run' : 'not installed',
    };
  },
} satisfies Suite;

function checkFolder(folder: string, withPromtool: boolean): Outcome[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((f) => /\.ya?ml$/.test(f))
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      if (isSloSpec(text)) return checkSpecs(text, file, withPromtool);
      if (/^tests:/m.test(text)) return checkGiven(path, file, withPromtool);
      // A rule file is run by the tests that name it.
      return [];
    });
}
