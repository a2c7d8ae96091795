import type { RetentionClass } from '../domain/index.js';
import type { Policy } from './policy.js';

/** Something that is kept: a path below the project, since when, and of what kind. */
export interface Kept {
  path: string;
  class: RetentionClass;
  /** ISO 8601. */
  since: string;
}
export interface RetentionRow extends Kept {
  ageDays: number;
  keepDays: number;
  /** Why it is not purged although its time is over. */
  hold?: string;
  due: boolean;
}

const DAY_MS = 86_400_000;

/** What is kept, how long still, and what may go now: never what is on legal hold, never what has no readable date. */
export function retentionOf(kept: readonly Kept[], policy: Policy, now: Date): RetentionRow[] {
  const keep: Record<RetentionClass, number> = {
    decision: policy.retention.decisionsDays,
    audit: policy.retention.auditDays,
    report: policy.retention.reportsDays,
    telemetry: policy.retention.telemetryDays,
  };
  return [...kept]
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map((k) => {
      const since = Date.parse(k.since);
      const ageDays = Number.isFinite(since) ? Math.floor((now.getTime() - since) / DAY_MS) : 0;
      const hold = policy.retention.legalHolds.find((h) => isBelow(k.path, h.path))?.reason;
      const isOver = Number.isFinite(since) && ageDays > keep[k.class];
      return {
        ...k,
        ageDays,
        keepDays: keep[k.class],
        ...(hold === undefined ? {} : { hold }),
        due: isOver && hold === undefined,
      };
    });
}

const isBelow = (path: string, hold: string): boolean => {
  const clean = hold.replace(/\/+$/, '');
  return path === clean || path.startsWith(`${clean}/`) || clean === '.';
};
