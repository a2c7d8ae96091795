import { type RuleTest, scenario, testFile } from '../slo/rule-tests.js';
import { type BurstAlert, burstName } from './objective.js';
import { type CasePromises, plansOf } from './specs.js';

/** Minutes that the made-up burst lasts, and after which its alert must have come. */
const LASTS = 20;
const BY_THEN = 10;

/** What the rules must do, whatever the budget: run by promtool before they are shipped. */
export const ruleTests = (promises: CasePromises, burst: BurstAlert | undefined): string =>
  testFile(plansOf(promises), 'rules.yml', burst ? burstTests(promises, burst) : []).text;

function burstTests(promises: CasePromises, burst: BurstAlert): RuleTest[] {
  return promises.objectives.flatMap(({ objective, plan }) => {
    const share = Math.min(0.9, 1.5 * burst.factor.value * objective.budget.value);
    const at = (title: string, ratePerSecond: number, fires: boolean): RuleTest[] => {
      const perMinute = Math.ceil(ratePerSecond) * 60;
      const bad = Math.ceil(share * perMinute);
      return scenario(
        plan,
        title,
        [{ minutes: LASTS, good: perMinute - bad, bad }],
        [
          {
            expr: `count(ALERTS{alertname="${burstName(objective)}",alertstate="firing"})`,
            minute: BY_THEN,
            expected: fires ? [{ labels: '{}', value: 1 }] : [],
          },
        ],
      );
    };
    return [
      ...at('too many bad requests in a burst page within minutes', 2 * burst.from.value, true),
      ...at('the same share in calm traffic is left to the slower windows', burst.from.value / 2, false),
    ];
  });
}
