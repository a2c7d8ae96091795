import { name, num, say, subject } from '../../domain/index.js';
import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { isRead } from '../span-kind.js';
import { childrenOf, endOf, lengthOf, spanAt, startOf } from '../traces.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Share of the slow requests' time that must be saved, and how many calls in a row make a chain. */
const SHARE = 0.1;
const CALLS = 2;
/** Two calls are one after the other when the pause between them is at most this share of both. */
const PAUSE = 0.5;

/**
 * Different reads, one after the other under one parent, where each may not need the one before. With a baseline only
 * what ran side by side before counts: what was serial all along did not make anything slower.
 */
export const serialCalls: PatternFinder = (look) => {
  const whole = meanOver(look.incident, (t) => lengthOf(t, t.root));
  const parents = new Map<string, { service: string; operation: string }>();
  for (const t of look.incident)
    for (const [key, c] of chains(t)) parents.set(key, { service: c.service, operation: c.operation });
  return [...parents]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, { service, operation }]) => {
      const of = new Map<WalkedTrace, Chain | undefined>();
      for (const t of [...look.incident, ...look.baseline]) of.set(t, chains(t).get(key));
      const saving = meanOver(look.incident, (t) => of.get(t)?.saving ?? 0);
      const before = meanOver(look.baseline, (t) => of.get(t)?.saving ?? 0);
      if (saving < SHARE * whole || (look.hasBaseline && saving < 2 * before)) return [];
      const own = meanByCell(look, (s, t) => of.get(t)?.rows.includes(s.span) ?? false);
      const ms = [...own.values()].reduce((a, v) => a + v.incident, 0);
      const about = subject('operation', operation, service);
      const calls = numberOf(look, {
        name: 'calls.inRow',
        subject: about,
        value: meanOver(look.incident, (t) => of.get(t)?.rows.length ?? 0),
        unit: 'count',
        phase: 'incident',
      });
      return [
        patternOf(look, {
          kind: 'serial-calls',
          about,
          service,
          claims: new Map(
            [...own].map(
              ([id, v]) =>
                [
                  id,
                  ms > 0 ? Math.min(v.incident - v.baseline, (v.incident * (saving - before)) / ms) : 0,
                ] as const,
            ),
          ),
          saving,
          roles: { calls },
          detail: (saved) =>
            say`${name(operation)} of ${name(service)} makes ${num(calls, { digits: 2 })} different reads one after the other; side by side, slow requests would save ${num(saved)}`,
        }),
      ];
    });
};

interface Chain {
  service: string;
  operation: string;
  rows: number[];
  /** Sum of the calls less the longest of them, ms. */
  saving: number;
}

/** The longest run of different reads under each parent, by what the parent does. */
function chains(t: WalkedTrace): Map<string, Chain> {
  const best = new Map<string, Chain>();
  const parents = new Set(t.tree.parent);
  for (const p of parents) {
    if (p < 0) continue;
    const parent = spanAt(t, p);
    let run: number[] = [];
    const close = (): void => {
      const kinds = new Set(run.map((r) => JSON.stringify([t.keyOf(r).peer?.id, t.keyOf(r).operation])));
      if (run.length >= CALLS && kinds.size === run.length) {
        const lengths = run.map((r) => lengthOf(t, r));
        const saving = lengths.reduce((a, b) => a + b, 0) - Math.max(...lengths);
        const key = JSON.stringify([parent.service, t.keyOf(p).operation]);
        if (saving > (best.get(key)?.saving ?? 0))
          best.set(key, { service: parent.service, operation: t.keyOf(p).operation, rows: run, saving });
      }
      run = [];
    };
    for (const row of childrenOf(t.tree, p)) {
      if (!readsOnly(t, row)) {
        if (['database', 'call'].includes(spanAt(t, row).role)) close();
        continue;
      }
      const last = run[run.length - 1];
      if (last !== undefined) {
        const pause = startOf(t, row) - endOf(t, last);
        if (pause < 0 || pause > PAUSE * (lengthOf(t, row) + lengthOf(t, last))) close();
      }
      run.push(row);
    }
    close();
  }
  return best;
}

function readsOnly(t: WalkedTrace, row: number): boolean {
  const s = spanAt(t, row);
  if (s.role === 'database') return isRead(s.statement, attributeOf(s.attributes, 'dbOperation') ?? s.name);
  return s.role === 'call' && /^(?:get|head)$/i.test(attributeOf(s.attributes, 'method') ?? '');
}
