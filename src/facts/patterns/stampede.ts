import { name, num, type Subject, say } from '../../domain/index.js';
import { quantile, sorted } from '../../models/quantile.js';
import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { endOf, spanAt, startOf } from '../traces.js';
import { type Fill, fillsOf } from './fills.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, type PatternLook, patternOf } from './look.js';

/** Loads of one key at one moment from which they are meant: two meet by chance. */
const CROWD = 3;
/** Share of slow requests that must be in a crowd. */
const IN_REQUESTS = 0.05;

/** One load of one key: which request, which spans, when (ms since 1970). */
interface Load {
  trace: WalkedTrace;
  spans: readonly number[];
  service: string;
  cache: Subject;
  key: string;
  from: number;
  to: number;
}

/** Several requests load the same entry of a cache at the same time: the first load would have done for all of them. */
export const stampede: PatternFinder = (look) => {
  const loads = [...look.incident, ...look.baseline].flatMap(loadsOf);
  const caches = new Map(loads.map((l) => [JSON.stringify([l.service, l.cache.id]), l]));
  return [...caches]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { service, cache }]) =>
      ofCache(
        look,
        loads.filter((l) => l.service === service && l.cache.id === cache.id),
      ),
    );
};

function ofCache(look: PatternLook, loads: readonly Load[]) {
  const [first] = loads;
  if (!first) return [];
  const { service, cache } = first;
  const crowds = crowdsOf(loads);
  const crowded = new Map(crowds.flatMap((crowd) => crowd.map((l) => [l, crowd] as const)));
  const inCrowd = (t: WalkedTrace): Load[] => loads.filter((l) => l.trace === t && crowded.has(l));
  if (meanOver(look.incident, (t) => (inCrowd(t).length > 0 ? 1 : 0)) < IN_REQUESTS) return [];

  // What a load takes when nobody else is at it; within crowds alone, the quickest of each.
  const alone = loads.filter((l) => !crowded.has(l)).map((l) => l.to - l.from);
  const usual = alone.length >= 5 ? quantile(sorted(alone), 0.5) : undefined;
  const savedOf = (l: Load): number => {
    const crowd = crowded.get(l) ?? [l];
    const leader = crowd[0] ?? l;
    const ready = leader.from + (usual ?? Math.min(...crowd.map((c) => c.to - c.from)));
    return Math.max(0, l.to - Math.max(l.from, Math.min(ready, l.to)));
  };
  // Loads of the baseline are what is paid without crowds.
  const rows = new Map<WalkedTrace, Set<number>>();
  for (const t of look.incident) rows.set(t, new Set(inCrowd(t).flatMap((l) => l.spans)));
  for (const t of look.baseline)
    rows.set(t, new Set(loads.filter((l) => l.trace === t).flatMap((l) => l.spans)));
  const own = meanByCell(look, (s, t) => rows.get(t)?.has(s.span) ?? false);
  const onPath = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
  const saving = Math.min(
    onPath,
    meanOver(look.incident, (t) => inCrowd(t).reduce((sum, l) => sum + savedOf(l), 0)),
  );
  const share = onPath > 0 ? saving / onPath : 0;
  const largest = Math.max(...crowds.filter((c) => isIn(look.incident, c)).map(mostAtOnce), 0);
  if (largest < CROWD) return [];
  const concurrent = numberOf(look, {
    name: 'cache.loadsAtOnce',
    subject: cache,
    value: largest,
    unit: 'count',
    phase: 'incident',
  });
  return [
    patternOf(look, {
      kind: 'stampede',
      about: cache,
      service,
      claims: new Map([...own].map(([id, v]) => [id, (v.incident - v.baseline) * share] as const)),
      saving,
      roles: { concurrent },
      detail: (ms) =>
        say`up to ${num(concurrent)} slow requests of ${name(service)} load one entry of ${name(cache.name)} at the same time and wait ${num(ms)} longer than for the first of these loads`,
    }),
  ];
}

const isIn = (traces: readonly WalkedTrace[], crowd: readonly Load[]): boolean =>
  crowd.some((l) => traces.includes(l.trace));

/** Loads of equal keys that overlap, by their start; only groups of which `CROWD` run at one moment. */
function crowdsOf(loads: readonly Load[]): Load[][] {
  const byKey = new Map<string, Load[]>();
  for (const l of loads) byKey.set(l.key, [...(byKey.get(l.key) ?? []), l]);
  const groups: Load[][] = [];
  for (const equal of byKey.values()) {
    let group: Load[] = [];
    let until = Number.NEGATIVE_INFINITY;
    for (const l of equal.sort((a, b) => a.from - b.from || a.to - b.to)) {
      if (l.from >= until && group.length > 0) {
        groups.push(group);
        group = [];
      }
      group.push(l);
      until = Math.max(until, l.to);
    }
    if (group.length > 0) groups.push(group);
  }
  return groups.filter((g) => mostAtOnce(g) >= CROWD);
}

/** The most different requests that load at one moment. */
function mostAtOnce(group: readonly Load[]): number {
  let most = 0;
  for (const at of group) {
    const together = group.filter((l) => l.from <= at.from && at.from < l.to);
    most = Math.max(most, new Set(together.map((l) => l.trace.request.traceId)).size);
  }
  return most;
}

function loadsOf(t: WalkedTrace): Load[] {
  return fillsOf(t).flatMap((fill) => {
    const key = keyOf(t, fill);
    if (key === undefined || fill.spans.length === 0) return [];
    return [
      {
        trace: t,
        spans: fill.spans,
        service: fill.service,
        cache: fill.cache,
        key,
        from: t.startMs + Math.min(...fill.spans.map((row) => startOf(t, row))),
        to: t.startMs + Math.max(...fill.spans.map((row) => endOf(t, row))),
      },
    ];
  });
}

/** The key that was looked up, `get product:8`, else the one written back; none where both leave keys out. */
function keyOf(t: WalkedTrace, fill: Fill): string | undefined {
  const written = fill.spans.filter((row) => spanAt(t, row).role === 'cache');
  // Several entries written back are no load of one.
  return keyIn(t, fill.read) ?? (written.length === 1 ? keyIn(t, written[0] ?? fill.read) : undefined);
}

function keyIn(t: WalkedTrace, row: number): string | undefined {
  const text = attributeOf(spanAt(t, row).attributes, 'statement');
  const key = text === undefined ? undefined : /^\s*[a-z]+\s+"?([^\s"[\]]+)/i.exec(text)?.[1];
  return key === undefined || /^[?<]/.test(key) ? undefined : key;
}
