import { type Context, type Fact, name, num, range, type Subject, say, type Text } from '../domain/index.js';
import { kindOf } from '../facts/profiles/cause-kinds.js';

const COST = 'profile.cost.';
const WALL = 'profile.wall.';
const BOUND = 'profile.latencyBound.';

/**
 * The most that a remedy can bring by what a profile says a request spends on the causes it removes: processor time for
 * each request, and the bound on its mean time. Nothing without a profile whose requests were counted.
 */
export function profileBenefit(context: Context, about: Subject, remedy: string): Text | undefined {
  const costs = context.facts.all
    .filter(
      (f) =>
        f.name.startsWith(COST) &&
        f.subject.id === about.id &&
        f.phase !== 'baseline' &&
        kindOf(f.name.slice(COST.length)).remedies.includes(remedy),
    )
    .sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
  const [cost] = costs;
  if (!cost) return undefined;
  const cause = cost.name.slice(COST.length);
  const same = (prefix: string): Fact | undefined =>
    context.facts.all.find(
      (f) => f.name === `${prefix}${cause}` && f.subject.id === about.id && f.phase === cost.phase,
    );
  const wall = same(WALL);
  const bound = same(BOUND);
  const took = say`A profile counts ${num(cost)} of processor time (${range(cost)}) a request of ${name(about.name)} for: ${name(kindOf(cause).title)}`;
  return wall && bound
    ? say`${took}, ${range(wall)} of its mean time. With that gone its mean is at most ${range(bound)} faster, waits for a busy processor aside.`
    : say`${took}; leaving it out brings that much and no more, waits for a busy processor aside.`;
}
