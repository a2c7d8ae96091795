import type { Source } from '../domain/index.js';
import type { Params } from '../evidence/store/index.js';

/** The two spans of time that are compared, and how the records of each are told apart in SQL. */
export interface Phases {
  hasBaseline: boolean;
  /** How they were told apart: by the role of the sources, the windows of the case, at a change, at the onset of the slowdown, or not at all. */
  by: 'role' | 'windows' | 'change' | 'onset' | 'none';
  /** Start of the trouble, nanoseconds since 1970, when the time decides. */
  splitNs?: bigint;
  /** SQL for `'baseline'` or `'incident'` of a row with this time column. */
  sql(timeColumn: string): string;
  /** What `sql` needs bound. */
  params: Params;
}

/** By the role of the sources, when some were given as the baseline; else all is the incident. */
export function phasesByRole(sources: readonly Source[]): Phases {
  const baseline = sources.filter((s) => s.role === 'baseline').map((s) => s.id);
  if (baseline.length === 0) return { hasBaseline: false, by: 'none', sql: () => "'incident'", params: {} };
  return {
    hasBaseline: true,
    by: 'role',
    sql: () => "if(has({baselineSources:Array(String)}, KpSource), 'baseline', 'incident')",
    params: { baselineSources: baseline },
  };
}

/** What starts before `splitNs` is the baseline. */
export const phasesByTime = (splitNs: bigint, by: 'change' | 'onset'): Phases => ({
  hasBaseline: true,
  by,
  splitNs,
  sql: (time) => `if(toUnixTimestamp64Nano(${time}) < {splitNs:Int64}, 'baseline', 'incident')`,
  params: { splitNs: splitNs.toString() },
});
