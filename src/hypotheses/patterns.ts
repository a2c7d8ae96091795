import { type Cell, type Context, derived, type Fact, type Pattern, type Subject } from '../domain/index.js';
import { isNamed } from './subjects.js';
import { MATERIAL, NORMAL_VARIATION, same } from './thresholds.js';

export interface Claim {
  cell: string;
  share: number;
}

/** `false` when there is a baseline and slow requests are no slower than before: then nothing is to be explained. */
export function slower(context: Context): boolean {
  const t = context.telemetry;
  if (!t?.hasBaseline) return true;
  const { total, baseline } = t.excess;
  return (
    same(total) > NORMAL_VARIATION.value * same(baseline) &&
    (total.interval === undefined || total.interval[0] > 0)
  );
}

/** What a share is taken of: the excess, or without a baseline the whole duration of slow requests. */
export const yardstick = (context: Context): Fact | undefined =>
  context.telemetry?.hasBaseline ? context.telemetry.excess.total : context.telemetry?.excess.incident;

/** Patterns of these kinds that concern a subject; with none given, all of them. Largest first. */
export function patternsOf(
  context: Context,
  kinds: readonly Pattern['kind'][],
  subject?: Subject,
): Pattern[] {
  return (context.telemetry?.patterns ?? [])
    .filter((p) => kinds.includes(p.kind) && (subject === undefined || concernsPattern(p, subject)))
    .sort((a, b) => patternMs(context, b) - patternMs(context, a) || (a.subject.id < b.subject.id ? -1 : 1));
}

const concernsPattern = (p: Pattern, subject: Subject): boolean =>
  p.subject.id === subject.id ||
  isNamed(p.subject, subject.name) ||
  ((subject.kind === 'service' || subject.kind === 'system') && isNamed(subject, p.service));

/** Milliseconds of the yardstick that a pattern claims. */
export function patternMs(context: Context, p: Pattern): number {
  const claimed = Object.entries(p.facts).filter(([role]) => role.startsWith('claim:'));
  return claimed.length > 0 && context.telemetry?.hasBaseline
    ? claimed.reduce((sum, [, fact]) => sum + Math.max(0, same(fact)), 0)
    : same(p.saving);
}

/** True when this many milliseconds are a material part of what slow requests lost. */
export function isMaterial(context: Context, ms: number): boolean {
  const of = yardstick(context);
  return of === undefined || ms >= MATERIAL.value * same(of);
}

/** The cells a set of patterns explains. A cell named by several patterns is claimed once, at most whole. */
export function claimsOf(context: Context, patterns: readonly Pattern[]): Claim[] {
  const cells = new Map((context.telemetry?.cells ?? []).map((c) => [c.id, c]));
  const shares = new Map<string, number>();
  const add = (id: string, ms: number): void => {
    const excess = same(cells.get(id)?.excess ?? NOTHING);
    if (excess > 0 && ms > 0) shares.set(id, Math.min(1, (shares.get(id) ?? 0) + ms / excess));
  };
  for (const p of patterns) {
    const claimed = Object.entries(p.facts).filter(([role]) => role.startsWith('claim:'));
    if (claimed.length > 0) {
      for (const [role, fact] of claimed) add(role.slice('claim:'.length), same(fact));
      continue;
    }
    const own = p.cells.map((id) => cells.get(id)).filter((c) => c !== undefined);
    const grown = own.reduce((sum, c) => sum + Math.max(0, same(c.excess)), 0);
    for (const c of own) if (grown > 0) add(c.id, (same(p.saving) * Math.max(0, same(c.excess))) / grown);
  }
  return [...shares].map(([cell, share]) => ({ cell, share }));
}

const NOTHING = { value: 0, unit: 'ms' } as Fact;

/** Cells of these kinds, of a service when given, the largest growth first. */
export function cellsOf(context: Context, kinds: readonly Cell['kind'][], service?: Subject): Cell[] {
  return (context.telemetry?.cells ?? [])
    .filter((c) => kinds.includes(c.kind) && (service === undefined || belongs(context, c, service)))
    .sort((a, b) => same(b.excess) - same(a.excess) || (a.id < b.id ? -1 : 1));
}

/** A cell belongs to the service that spent it, to the peer that was called, and to the app when it is one service. */
const belongs = (context: Context, c: Cell, subject: Subject): boolean =>
  isNamed(subject, c.service) ||
  (c.peer !== undefined && (c.peer.id === subject.id || isNamed(c.peer, subject.name))) ||
  subject.id === context.app.id;

/** All of the growth of these cells. */
export const claimCells = (cells: readonly Cell[], share = 1): Claim[] =>
  cells.filter((c) => same(c.excess) > 0).map((c) => ({ cell: c.id, share }));

export interface Sum {
  incident: Fact;
  baseline: Fact;
  excess: Fact;
}

/** Time in these cells, added up: during the trouble, before it, and the difference. */
export function sumOf(cells: readonly Cell[], subject: Subject, what: string): Sum | undefined {
  if (cells.length === 0) return undefined;
  const add = (part: 'incident' | 'baseline' | 'excess'): Fact =>
    derived(
      {
        name: `criticalPath.${what}.${part}`,
        subject,
        value: cells.reduce((sum, c) => sum + same(c[part]), 0),
        unit: 'ms',
        phase: part === 'baseline' ? 'baseline' : 'incident',
      },
      `sum over the cells of the critical path: ${part}`,
      cells.map((c) => c[part]),
    );
  return { incident: add('incident'), baseline: add('baseline'), excess: add('excess') };
}
