import { type Context, type Fact, name, num, range, type Subject, say } from '../domain/index.js';
import { kindOf } from '../facts/profiles/cause-kinds.js';
import { before, now } from './evidence.js';
import { absent, type Look, seen } from './outcomes.js';

const PREFIX = 'profile.share.';

/** Names of the facts that a profile gives for these causes. */
export const shareNames = (...causes: string[]): string[] => causes.map((c) => `${PREFIX}${c}`);

/**
 * The share of the samples of a profile that went to one of these causes (any but `except`, when none is named): seen
 * from `at` on, absent when even the upper end of its interval is below. Without a profile it is not measured.
 */
export const profileShare =
  (p: { causes?: readonly string[]; except?: readonly string[]; at: Fact; what: string }): Look =>
  (context, subject) => {
    const samples = now(context, 'profile.samples', subject);
    if (!samples) return undefined;
    const largest = largestShare(context, subject, p);
    // Causes of little share are no facts: a profile with others and none of these speaks against them.
    if (!largest)
      return anyShare(context, subject)
        ? absent(say`${p.what} in hardly any of ${num(samples)} samples of a profile`, [samples])
        : undefined;
    const was = before(context, largest.name, subject, largest);
    const kind = kindOf(largest.name.slice(PREFIX.length)).title;
    const says = say`${p.what} in ${num(largest)} of the samples of a profile of ${name(subject.name)} (${range(largest)}): ${name(kind)}${was ? say`, ${num(was)} before` : ''}`;
    const facts = [largest, samples, p.at, ...(was ? [was] : [])];
    const [, high] = largest.interval ?? [largest.value, largest.value];
    if (was?.interval && was.interval[1] >= largest.value)
      return absent(say`${says}, so it is not what changed`, facts);
    if (largest.value >= p.at.value) return seen(says, facts);
    return high < p.at.value ? absent(says, facts) : undefined;
  };

function largestShare(
  context: Context,
  subject: Subject,
  p: { causes?: readonly string[]; except?: readonly string[] },
): Fact | undefined {
  return sharesOf(context, subject)
    .filter((f) => {
      const cause = f.name.slice(PREFIX.length);
      return p.causes ? p.causes.includes(cause) : !p.except?.includes(cause);
    })
    .sort((a, b) => b.value - a.value)[0];
}

const anyShare = (context: Context, subject: Subject): boolean => sharesOf(context, subject).length > 0;

/** The shares of the profile that `now` would choose, of this subject. */
function sharesOf(context: Context, subject: Subject): Fact[] {
  const names = [...new Set(context.facts.all.map((f) => f.name).filter((n) => n.startsWith(PREFIX)))];
  return names.map((n) => now(context, n, subject)).filter((f): f is Fact => f !== undefined);
}
