import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';

/** A share of the requests and the time it is bound to. */
export interface Within {
  /** Index of the quantity that is the share. */
  share: number;
  /** `p99` for 99 %. */
  statistic: string;
  /** Tokens of what the share is of: "logins" in "99% of logins under 2 s". */
  of?: readonly [number, number];
  /** It is how late things may become visible, not how fast a request is answered. */
  arrives: boolean;
}

const BOUND = /^(?:within|in|under|below|faster|than|less|inside|over|<|<=|≤|beneath|after|sub)$/;
const FARTHEST = 9;

/**
 * "99.5% of calls under 800 ms", "3 nines of answers in <100 ms", "sub-second for 95% of searches": a share that is
 * answered within a time is a percentile. Returns the index of each such duration with its percentile.
 */
export function sharesWithin(frame: Frame): ReadonlyMap<number, Within> {
  const out = new Map<number, Within>();
  if (!/^(?:target_metrics|performance_issues|current_metrics)$/.test(frame.input)) return out;
  frame.quantities.forEach((q, k) => {
    if (q.kind !== 'duration') return;
    const before = frame.quantities[k - 1];
    const after = frame.quantities[k + 1];
    if (before && isShare(before) && joins(frame, before, q, isBound(frame, q))) {
      const of = whatOf(frame, before.to);
      out.set(k, {
        share: k - 1,
        statistic: percentile(before),
        arrives: arrives(frame, before, q),
        ...(of ? { of } : {}),
      });
    } else if (
      after &&
      isShare(after) &&
      joins(frame, q, after, isBound(frame, q) && /^(?:for|on|at|in)$/.test(lowerAt(frame, q.to)))
    ) {
      const of = whatOf(frame, after.to);
      out.set(k, {
        share: k + 1,
        statistic: percentile(after),
        arrives: arrives(frame, q, after),
        ...(of ? { of } : {}),
      });
    }
  });
  return out;
}

const arrives = (frame: Frame, a: Quantity, b: Quantity): boolean =>
  frame.tokens
    .slice(Math.max(0, a.from - 5), b.from)
    .some((t) =>
      /^(?:visible|processed|ingested|indexed|delivered|applied|available|searchable|synced|propagated|consumed|fresh|queryable|fan|fanout|delivery|push|pushed|replicated|lag|behind|late)$/.test(
        t.lower,
      ),
    );
const lowerAt = (frame: Frame, i: number): string => frame.tokens[i]?.lower ?? '';
const isShare = (q: Quantity): boolean =>
  q.kind === 'percent' && q.signed === undefined && q.value >= 0.5 && q.value < 1;

/** 0.995 → `p995`, 0.9 → `p90`. */
const percentile = (q: Quantity): string => `p${String(Number((q.value * 100).toFixed(4))).replace('.', '')}`;

const isBound = (frame: Frame, q: Quantity): boolean =>
  q.comparator === '<' || q.comparator === '<=' || BOUND.test(lowerAt(frame, q.from - 1));

function joins(frame: Frame, a: Quantity, b: Quantity, bound: boolean): boolean {
  if (!bound || b.from - a.to > FARTHEST || frame.sentence[a.from] !== frame.sentence[b.from]) return false;
  const between = frame.tokens.slice(a.to, b.from);
  // "CPU 92%, p99 under 800 ms" tells two things.
  if (between.some((t) => /^[,;|/]$/.test(t.text) || /^(?:and|but|p\d+|while)$/.test(t.lower))) return false;
  // "cpu 70% within 5 minutes" needs a share of something, or a bound right behind.
  return (
    between.some((t) => t.lower === 'of') ||
    lowerAt(frame, b.to) === 'of' ||
    (frame.input === 'target_metrics' && between.length <= 2)
  );
}

/** The words after "of": at most three, up to a verb or a small word. */
function whatOf(frame: Frame, at: number): readonly [number, number] | undefined {
  if (lowerAt(frame, at) !== 'of') return undefined;
  let from = at + 1;
  while (/^(?:the|our|all|its|their)$/.test(lowerAt(frame, from))) from++;
  let to = from;
  while (
    to < from + 4 &&
    frame.segment[to] === frame.segment[at] &&
    (frame.tokens[to]?.kind === 'word' || frame.tokens[to]?.text === '-') &&
    !ENDS.test(lowerAt(frame, to))
  )
    to++;
  return to > from ? [from, to] : undefined;
}
const ENDS =
  /^(?:within|in|under|below|faster|less|inside|at|over|are|is|must|should|to|be|visible|served|done|answered|finished|delivered|completed|returned|processed|handled|complete|finish|return|respond|delivered|shown|acknowledged|end|ends|ending|for|during|on|by|with|that|which|take|takes)$/;
