import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';

export const isTotal = (frame: Frame, q: Quantity): boolean =>
  /^(?:total|overall|combined|altogether|aggregate)$/.test(frame.tokens[q.to]?.lower ?? '') ||
  (frame.tokens[q.to]?.lower === 'in' &&
    /^(?:total|all|aggregate)$/.test(frame.tokens[q.to + 1]?.lower ?? ''));

export const REQUESTS =
  /^(?:views?|pageviews?|req|reqs|requests?|calls?|queries|query|rps|qps|tps|ops|operations?|ops|hits?|rpcs?|transactions?|txn|txns|invocations?|connections?|users?|sessions?)$/;

/** "TTFT p95 1.5 s, end to end p95 20 s": the whole way, not what was spoken of. */
export const endToEnd = (frame: Frame, q: Quantity): boolean =>
  /\b(?:end to end|e2e|overall|total)\b/.test(
    frame.tokens
      .slice(Math.max(0, q.from - 7), q.from)
      .filter(
        (t, i, all) => frame.segment[q.from - all.length + i] === frame.segment[q.from] && t.kind === 'word',
      )
      .map((t) => t.lower)
      .join(' '),
  );
