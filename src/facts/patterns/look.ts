import type { Cell, Fact, FactDraft, Pattern, Subject } from '../../domain/index.js';
import type { CacheWrites } from '../cache-writes.js';
import type { Tally } from '../cells.js';
import { fromQuery, type Origin } from '../query-fact.js';
import type { QueueOccupants } from '../queue-occupants.js';
import type { Section, WalkedTrace } from '../sections.js';

/** What the finders of patterns look at. */
export interface PatternLook {
  /** Slow requests of the incident. */
  incident: readonly WalkedTrace[];
  /** Slow requests of the baseline; none without one. */
  baseline: readonly WalkedTrace[];
  hasBaseline: boolean;
  cells: readonly Cell[];
  tally: Tally;
  origin: Origin;
  /** Numbers that metrics gave: of pools, caches, services. */
  fact(name: string, about: Subject, phase: 'baseline' | 'incident'): Fact | undefined;
  /** The pool by the name that metrics give it, where they do. */
  poolOf(service: string, traced: string): Subject;
  /** Writes to caches by kind of key. */
  cacheWrites: readonly CacheWrites[];
  /** Who is served while others wait for their turn, by service. */
  occupants: readonly QueueOccupants[];
}

export type PatternFinder = (look: PatternLook) => Pattern[];

/** Mean milliseconds a slow request by cell, of the sections that are meant, incident and baseline. */
export function meanByCell(
  look: PatternLook,
  meant: (section: Section, trace: WalkedTrace) => boolean,
): Map<string, { incident: number; baseline: number }> {
  const sums = new Map<string, { incident: number; baseline: number }>();
  for (const phase of ['incident', 'baseline'] as const) {
    const traces = look[phase];
    for (const t of traces)
      for (const s of t.sections) {
        if (!meant(s, t)) continue;
        const id = look.tally.cellOf(s.key);
        const sum = sums.get(id) ?? { incident: 0, baseline: 0 };
        sum[phase] += (s.end - s.start) / traces.length;
        sums.set(id, sum);
      }
  }
  return sums;
}

/** Mean of a number over the slow requests of a phase; 0 for none. */
export function meanOver(traces: readonly WalkedTrace[], of: (t: WalkedTrace) => number): number {
  let sum = 0;
  for (const t of traces) sum += of(t);
  return traces.length === 0 ? 0 : sum / traces.length;
}

export interface Claimed {
  kind: Pattern['kind'];
  about: Subject;
  service: string;
  /** Milliseconds of the excess by cell. */
  claims: ReadonlyMap<string, number>;
  saving: number;
  roles?: Readonly<Record<string, Fact | undefined>>;
  detail: Pattern['detail'] | ((saving: Fact) => Pattern['detail']);
}

/** A pattern with its claims as facts; the claims of cells that did not grow are left out. */
export function patternOf(look: PatternLook, c: Claimed): Pattern {
  const grown = [...c.claims].filter(([, ms]) => ms > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const saving = numberOf(look, {
    name: `pattern.${c.kind}.saving`,
    subject: c.about,
    value: c.saving,
    unit: 'ms',
    phase: 'incident',
  });
  const claims = Object.fromEntries(
    grown.map(([id, ms]) => [
      `claim:${id}`,
      numberOf(look, {
        name: `pattern.${c.kind}.claim:${id}`,
        subject: c.about,
        value: ms,
        unit: 'ms',
        phase: 'incident',
      }),
    ]),
  );
  const roles = Object.fromEntries(
    Object.entries(c.roles ?? {}).filter((e): e is [string, Fact] => e[1] !== undefined),
  );
  return {
    kind: c.kind,
    subject: c.about,
    service: c.service,
    cells: [...c.claims.keys()].sort(),
    saving,
    facts: { ...roles, ...claims },
    detail: typeof c.detail === 'function' ? c.detail(saving) : c.detail,
  };
}

export const numberOf = (look: PatternLook, draft: FactDraft): Fact => fromQuery(draft, look.origin);
