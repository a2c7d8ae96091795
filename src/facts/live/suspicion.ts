import { binomialUpperTail } from '../../models/binomial.js';
import { holm } from '../../models/multiplicity.js';

/** Requests of one operation, now and before. Durations in milliseconds. */
export interface Turn {
  service: string;
  operation: string;
  before: number;
  now: number;
  failedBefore: number;
  failedNow: number;
  p95BeforeMs: number;
  p95NowMs: number;
  /** Requests now that took longer than the p95 before. */
  slower: number;
}

/** Something that turned for the worse beyond chance. */
export interface Suspicion {
  service: string;
  operation: string;
  kind: 'slower' | 'failing';
  p95BeforeMs: number;
  p95NowMs: number;
  failedBefore: number;
  failedNow: number;
  /** Where the time of these requests grew most, in milliseconds a request. */
  part?: { service: string; operation: string; moreMs: number };
}

const FEWEST_NOW = 10;
const FEWEST_BEFORE = 60;
const LEVEL = 1e-4;
/** A rise that nobody would notice is none: half as much again, and more than some milliseconds. */
const LEAST_RISE = 1.5;
const LEAST_RISE_MS = 10;
const LEAST_FAILING = 0.02;

/**
 * The operation that turned most beyond chance: under no change about a twentieth of its requests are above the p95
 * before, so the count above it is binomial; failures likewise around their share before. Levels are corrected for all operations
 * asked (Holm). A burst of one slow request or two never suffices.
 */
export function suspicionOf(turns: readonly Turn[]): Suspicion | undefined {
  const asked = turns.filter((t) => t.before >= FEWEST_BEFORE && t.now >= FEWEST_NOW);
  const tests = asked.flatMap((t) => [
    { t, kind: 'slower' as const, p: binomialUpperTail(t.slower, t.now, shareAbove(t.before)) },
    {
      t,
      kind: 'failing' as const,
      p: binomialUpperTail(t.failedNow, t.now, (t.failedBefore + 1) / (t.before + 2)),
    },
  ]);
  const levels = holm(tests.map((x) => x.p));
  const found = tests
    .map((x, i) => ({ ...x, level: levels[i] ?? 1 }))
    .filter(({ level, kind, t }) => level < LEVEL && (kind === 'slower' ? isSlower(t) : isFailing(t)))
    .sort((a, b) => harm(b) - harm(a) || key(a.t).localeCompare(key(b.t), 'en'))[0];
  if (!found) return undefined;
  const { t, kind } = found;
  return {
    service: t.service,
    operation: t.operation,
    kind,
    p95BeforeMs: t.p95BeforeMs,
    p95NowMs: t.p95NowMs,
    failedBefore: t.failedBefore / t.before,
    failedNow: t.failedNow / t.now,
  };
}

/** A twentieth, and twice the error with which the p95 before is known from so many requests. */
const shareAbove = (before: number): number => 0.05 + 2 * Math.sqrt((0.05 * 0.95) / before);

const isSlower = (t: Turn): boolean =>
  t.p95NowMs > LEAST_RISE * t.p95BeforeMs && t.p95NowMs - t.p95BeforeMs > LEAST_RISE_MS;
const isFailing = (t: Turn): boolean => t.failedNow / t.now > t.failedBefore / t.before + LEAST_FAILING;

/** Time or requests lost a second, so that the operation most people feel comes first. */
const harm = ({ t, kind }: { t: Turn; kind: Suspicion['kind'] }): number =>
  kind === 'slower' ? t.now * (t.p95NowMs / Math.max(t.p95BeforeMs, 1)) : t.failedNow * 10;
const key = (t: Turn): string => `${t.service} ${t.operation}`;
