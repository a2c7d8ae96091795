import type { Clock } from './clock.js';

/** Keeps requests apart, by our own limit and by what the server says is left. */
export interface Pace {
  /** Waits for the next turn. */
  turn(signal: AbortSignal): Promise<void>;
  /** Learns from the headers of an answer. */
  learn(headers: Headers): void;
  /** No request before this many milliseconds from now. */
  hold(ms: number): void;
}

/** Epoch seconds are larger than this; a number of seconds to wait is not. */
const EPOCH_SECONDS = 1_000_000_000;
/** Longest pause that a header can ask for. */
const MAX_HOLD_MS = 15 * 60_000;

/**
 * One request every 1/perSecond seconds at most. When a server tells what is left of its limit (`x-ratelimit-remaining`,
 * `x-ratelimit-reset` as Datadog and GitHub send them, `ratelimit-…` of the IETF draft), the rest is spread over the
 * time until it is renewed, with one request kept in reserve.
 */
export function createPace(perSecond: number, clock: Clock): Pace {
  const apartMs = 1000 / perSecond;
  let spreadMs = 0;
  let nextMs = 0;
  let heldUntilMs = 0;
  return {
    async turn(signal) {
      for (;;) {
        const now = clock.nowMs();
        const from = Math.max(nextMs, heldUntilMs);
        if (now >= from) {
          nextMs = now + Math.max(apartMs, spreadMs);
          return;
        }
        await clock.sleep(from - now, signal);
        if (signal.aborted) return;
      }
    },
    learn(headers) {
      const remaining = numberOf(headers, 'x-ratelimit-remaining', 'ratelimit-remaining');
      const reset = numberOf(headers, 'x-ratelimit-reset', 'ratelimit-reset');
      if (remaining === undefined || reset === undefined) {
        spreadMs = 0;
        return;
      }
      const now = clock.nowMs();
      const leftMs = Math.min(
        MAX_HOLD_MS,
        Math.max(0, reset > EPOCH_SECONDS ? reset * 1000 - now : reset * 1000),
      );
      if (remaining <= 1) {
        heldUntilMs = Math.max(heldUntilMs, now + leftMs);
        spreadMs = 0;
      } else {
        spreadMs = leftMs / (remaining - 1);
        nextMs = Math.max(nextMs, now + spreadMs);
      }
    },
    hold(ms) {
      heldUntilMs = Math.max(heldUntilMs, clock.nowMs() + Math.min(ms, MAX_HOLD_MS));
    },
  };
}

function numberOf(headers: Headers, ...names: string[]): number | undefined {
  for (const name of names) {
    const text = headers.get(name);
    if (text !== null && /^\s*\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  }
  return undefined;
}

/** Milliseconds that `Retry-After` asks for: seconds, or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Headers, clock: Clock): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.nowMs());
}
