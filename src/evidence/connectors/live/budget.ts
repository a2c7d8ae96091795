import type { Clock } from './clock.js';
import { AskFault } from './fault.js';

/** What one source may cost. */
export interface Limits {
  calls: number;
  bytes: number;
  seconds: number;
  /** Requests a second, at most. */
  perSecond: number;
  /** Bytes of one answer. */
  answerBytes: number;
  /** Seconds of one request. */
  answerSeconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  calls: 2_000,
  bytes: 1_000_000_000,
  seconds: 900,
  perSecond: 8,
  answerBytes: 48_000_000,
  answerSeconds: 60,
};

export interface Budget {
  /** Takes one call; throws `AskFault` of kind `spent` when there is none left. */
  call(): void;
  /** Counts bytes that came. */
  bytes(count: number): void;
  /** Milliseconds left. */
  leftMs(): number;
  used(): { calls: number; bytes: number };
}

/** Counts what a source costs; begins with what an earlier, interrupted run has used. */
export function createBudget(limits: Limits, clock: Clock, before = { calls: 0, bytes: 0 }): Budget {
  const used = { ...before };
  const startMs = clock.nowMs();
  const leftMs = (): number => startMs + limits.seconds * 1000 - clock.nowMs();
  return {
    call() {
      if (used.calls >= limits.calls)
        throw new AskFault('spent', `its limit of ${limits.calls} calls is reached`);
      if (used.bytes >= limits.bytes)
        throw new AskFault('spent', `its limit of ${limits.bytes} bytes is reached`);
      if (leftMs() <= 0) throw new AskFault('spent', `its limit of ${limits.seconds} seconds is reached`);
      used.calls++;
    },
    bytes(count) {
      used.bytes += count;
    },
    leftMs,
    used: () => ({ ...used }),
  };
}
