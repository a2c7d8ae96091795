import type { Fact, Unit } from '../domain/index.js';

/** Why a sentence of a model is not kept; nothing when it is. */
export type Fault = string | undefined;

/** How a unit in words is the unit of facts: `480 ms` is 480 of ms, `1.8 s` is 1 800 of ms. */
const WRITTEN: Readonly<Record<string, readonly (readonly [Unit, number])[]>> = {
  '': [
    ['count', 1],
    ['none', 1],
    ['factor', 1],
    ['cores', 1],
    ['currency', 1],
  ],
  ns: [
    ['ms', 1e-6],
    ['s', 1e-9],
  ],
  µs: [
    ['ms', 1e-3],
    ['s', 1e-6],
  ],
  us: [
    ['ms', 1e-3],
    ['s', 1e-6],
  ],
  ms: [
    ['ms', 1],
    ['s', 1e-3],
  ],
  s: [
    ['ms', 1000],
    ['s', 1],
  ],
  sec: [
    ['ms', 1000],
    ['s', 1],
  ],
  second: [
    ['ms', 1000],
    ['s', 1],
  ],
  seconds: [
    ['ms', 1000],
    ['s', 1],
  ],
  milliseconds: [
    ['ms', 1],
    ['s', 1e-3],
  ],
  min: [
    ['ms', 60_000],
    ['s', 60],
  ],
  minutes: [
    ['ms', 60_000],
    ['s', 60],
  ],
  h: [['s', 3600]],
  hours: [['s', 3600]],
  days: [['s', 86_400]],
  '%': [['ratio', 0.01]],
  percent: [['ratio', 0.01]],
  '/s': [['1/s', 1]],
  rps: [['1/s', 1]],
  'requests/s': [['1/s', 1]],
  b: [['bytes', 1]],
  kb: [
    ['bytes', 1000],
    ['bytes', 1024],
  ],
  mb: [
    ['bytes', 1e6],
    ['bytes', 1_048_576],
  ],
  gb: [
    ['bytes', 1e9],
    ['bytes', 1_073_741_824],
  ],
  '×': [['factor', 1]],
  x: [['factor', 1]],
  times: [
    ['factor', 1],
    ['count', 1],
  ],
  cores: [['cores', 1]],
  core: [['cores', 1]],
};

const NUMBER =
  /(?<![\p{L}\p{N}_.-])([-−+]?)(\d{1,3}(?:[  \u202f,]\d{3})+|\d+)(\.\d+)?(?:[  \u202f]?(%|×|\/s|requests\/s|[a-zµ]+))?/giu;

/** Numbers in words cannot be held against facts within a rounding. */
const IN_WORDS =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|halves|halved|third|quarter|double[ds]?|triple[ds]?|twice|thrice|(?:two|three|four|five|ten)fold|zero)\b/i;

/**
 * Whether every number of a sentence is a fact's, within the rounding that the sentence itself states: `1.8 s` is any fact from
 * 1.75 to 1.85 s, `480 ms` any from 479.5 to 480.5. Digits within names of the system are no numbers.
 */
export function numberFault(sentence: string, facts: readonly Fact[], names: ReadonlySet<string>): Fault {
  const bare = withoutNames(sentence, names);
  const word = IN_WORDS.exec(bare)?.[0];
  if (word !== undefined) return `"${word}" is a number in words`;
  let rest = bare;
  for (const m of bare.matchAll(NUMBER)) {
    const [written, sign = '', whole = '', fraction = '', unit = ''] = m;
    const value = Number(whole.replace(/[^\d]/g, '') + fraction) * (sign === '-' || sign === '−' ? -1 : 1);
    const halfStep = 0.5 * stepOf(whole.replace(/[^\d]/g, ''), fraction);
    const units = WRITTEN[unit.toLowerCase()] ?? WRITTEN[''] ?? [];
    const fits = facts.some((f) =>
      units.some(
        ([of, scale]) => f.unit === of && Math.abs(f.value / scale - value) <= halfStep * (1 + 1e-9),
      ),
    );
    if (!fits) return `${written.trim()} is no fact`;
    rest = rest.replace(written, ' ');
  }
  // Digits that are left stand within something that is neither a name nor a number.
  const left = /\S*\d\S*/.exec(rest)?.[0];
  return left === undefined ? undefined : `${left} is neither a fact nor a name`;
}

/** Two digits always count: `1 000` may be 950 to 1 050. */
const LEAST_DIGITS = 2;

/** The step that a number is written to: `1.85` to hundredths, `1 810` to tens. */
function stepOf(whole: string, fraction: string): number {
  if (fraction.length > 0) return 10 ** -(fraction.length - 1);
  const zeros = /0*$/.exec(whole)?.[0].length ?? 0;
  return 10 ** Math.max(0, Math.min(zeros, whole.length - LEAST_DIGITS));
}

/** Percentiles are names too. */
const PERCENTILE = /\bp\d{1,2}(?:\.\d+)?\b/gi;

function withoutNames(sentence: string, names: ReadonlySet<string>): string {
  let out = sentence;
  // The longest first: a name may hold another one.
  for (const name of [...names]
    .filter((n) => /\d/.test(n) && n.length > 2)
    .sort((a, b) => b.length - a.length))
    out = out.replaceAll(name, ' ');
  return out.replace(PERCENTILE, ' ');
}
