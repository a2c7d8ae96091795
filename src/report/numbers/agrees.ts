import { type Fact, shownIn } from '../../domain/index.js';

/**
 * Whether every number in `shown` is the value of the fact, or an end of its interval, within the rounding that is
 * shown. Each number is taken in the unit that stands with it ("1.8 s" for 1 800 ms); one that stands alone is taken
 * in `unit`, the unit its place asks for, and without that the fact itself must have none.
 */
export function agrees(shown: string, fact: Fact, unit = ''): boolean {
  const truths = [fact.value, ...(fact.interval ?? [])];
  const tokens = [...shown.replaceAll('\u202f', '').matchAll(TOKEN)];
  return tokens.every((token, i) => {
    const figure = token[2] ?? '';
    const value = Number(figure);
    // In "900–1 150 ms" the unit of the first number is said by the second.
    const own = token[3] || (tokens[i + 1]?.[3] ?? '') || unit;
    const factor = shownIn(fact.unit, own);
    if (factor === undefined) return false;
    const negative = token[1] !== '';
    // What is rounded to whole units in a file may be off by what numbers in memory are.
    const slack = Math.max(rounding(figure), value * 1e-6);
    return truths.some((t) => {
      const exact = Math.abs(t) * factor;
      // Code that asks for whole units gets limits and sizes rounded up.
      const up = token[3] === '' && unit !== '' && value === Math.ceil(exact - 1e-9);
      return !(negative && t > 0) && (up || Math.abs(exact - value) <= slack);
    });
  });
}

const TOKEN = /([−-]?)(\d+(?:\.\d+)?)([µ%×\p{L}/]*)/gu;

/** Half of the last digit shown; a whole number that ends in zeros shows two significant digits at least. */
function rounding(figure: string): number {
  const decimals = figure.split('.')[1]?.length ?? 0;
  if (decimals > 0) return 0.5 * 10 ** -decimals * 1.001;
  const zeros = /0*$/.exec(figure)?.[0].length ?? 0;
  return 0.5 * 10 ** Math.max(0, Math.min(zeros, figure.length - 2)) * 1.001;
}
