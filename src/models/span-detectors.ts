/**
 * Patterns in the spans of one request, by absolute thresholds that users of error trackers know. Times in
 * milliseconds. What a pattern costs on the critical path is for the caller to settle.
 * (Thresholds: getsentry/sentry, src/sentry/issue_detection, 2025, whose test cases are the benchmark.)
 */
export interface DetectorSpan {
  start: number;
  end: number;
  kind: 'database' | 'http' | 'cache' | 'other';
  /** Statement or `METHOD url`, as recorded. */
  text: string;
  /** Equal for calls that do the same thing; made from `text` when absent. */
  sameAs?: string;
  /** What it hangs under; spans with equal parents are siblings. */
  parent: string;
  /** HTTP version of the call, `1.1`. */
  protocol?: string;
  /** When the request left the client's queue; `start` is when it entered it. */
  sentAt?: number;
}

export const DETECTORS = {
  'n-plus-one-database': nPlusOneDatabase,
  'consecutive-database': consecutiveDatabase,
  'slow-database': slowDatabase,
  'n-plus-one-http': nPlusOneHttp,
  'consecutive-http': consecutiveHttp,
  'http-queue': httpQueue,
} as const;
export type DetectorName = keyof typeof DETECTORS;

/** Rows of the spans that make up one occurrence. */
export type Occurrence = number[];

/** At least 5 equal statements under one parent, one after the other, 50 ms together, after a different query; no cache calls. */
export function nPlusOneDatabase(spans: readonly DetectorSpan[]): Occurrence[] {
  const found: Occurrence[] = [];
  for (const rows of siblings(spans)) {
    const parts = rows.filter((r) => at(spans, r).kind === 'database');
    for (const run of runsOf(parts, (r) => statementKey(at(spans, r)))) {
      const first = run[0] as number;
      const source = parts.some(
        (r) =>
          at(spans, r).end <= at(spans, first).start &&
          statementKey(at(spans, r)) !== statementKey(at(spans, first)),
      );
      if (run.length < 5 || !source || !isSelect(at(spans, first).text)) continue;
      if (rows.some((r) => at(spans, r).kind === 'cache' && within(at(spans, r), spans, run))) continue;
      if (run.some((r, i) => i > 0 && at(spans, r).start < at(spans, run[i - 1] as number).end)) continue;
      if (total(spans, run) >= 50) found.push(run);
    }
  }
  return found;
}

/** Two or more independent SELECTs in a row, each over 30 ms, where running them side by side saves 100 ms and 10 %. */
export function consecutiveDatabase(spans: readonly DetectorSpan[]): Occurrence[] {
  const found: Occurrence[] = [];
  for (const rows of siblings(spans)) {
    const parts = rows.filter((r) => at(spans, r).kind === 'database');
    if (
      parts.length < 2 ||
      parts.some((r, i) => i > 0 && at(spans, r).start < at(spans, parts[i - 1] as number).end)
    )
      continue;
    // The first one may be what the others depend on; a condition means that it needs earlier rows.
    const free = parts.slice(1).filter((r) => {
      const s = at(spans, r);
      return (
        isSelect(s.text) &&
        !/\bwhere\b/i.test(s.text) &&
        !/(\.{3}|…)$/.test(s.text.trim()) &&
        s.end - s.start > 30
      );
    });
    const different = new Set(parts.map((r) => statementKey(at(spans, r)))).size > 1;
    if (free.length === 0 || !different) continue;
    const all = total(spans, parts);
    const freeTotal = total(spans, free);
    const longest = Math.max(...free.map((r) => length(at(spans, r))), all - freeTotal);
    const saved = all - longest;
    if (saved >= 100 && saved >= 0.1 * all) found.push(free);
  }
  return found;
}

/** A SELECT over one second. */
export function slowDatabase(spans: readonly DetectorSpan[]): Occurrence[] {
  return spans.flatMap((s, i) =>
    s.kind === 'database' && isSelect(s.text) && length(s) > 1000 ? [[i]] : [],
  );
}

/** At least 5 calls to one parameterised URL that start within 15 ms of one another, 300 ms together. */
export function nPlusOneHttp(spans: readonly DetectorSpan[]): Occurrence[] {
  const found: Occurrence[] = [];
  for (const rows of siblings(spans)) {
    const byUrl = groupBy(
      rows.filter((r) => at(spans, r).kind === 'http'),
      (r) => urlKey(at(spans, r).text),
    );
    for (const group of byUrl.values()) {
      let run: number[] = [];
      const close = (): void => {
        const distinct = new Set(run.map((r) => at(spans, r).text)).size;
        if (run.length >= 5 && distinct > 1 && total(spans, run) >= 300) found.push(run);
      };
      for (const r of group) {
        const before = run[run.length - 1];
        if (before !== undefined && at(spans, r).start - at(spans, before).start > 15) {
          close();
          run = [];
        }
        run.push(r);
      }
      close();
    }
  }
  return found;
}

/** Three or more HTTP calls in a row, each 500 ms, at most 500 ms apart, where side by side saves 2 s. */
export function consecutiveHttp(spans: readonly DetectorSpan[]): Occurrence[] {
  const found: Occurrence[] = [];
  for (const rows of siblings(spans)) {
    let run: number[] = [];
    const close = (): void => {
      const longest = Math.max(0, ...run.map((r) => length(at(spans, r))));
      const different = new Set(run.map((r) => at(spans, r).sameAs ?? at(spans, r).text)).size === run.length;
      if (run.length >= 3 && different && total(spans, run) - longest >= 2000) found.push(run);
    };
    for (const r of rows.filter((x) => at(spans, x).kind === 'http')) {
      const s = at(spans, r);
      const before = run[run.length - 1];
      const follows =
        before !== undefined && s.start >= at(spans, before).end && s.start - at(spans, before).end <= 500;
      if (length(s) < 500) continue;
      if (before !== undefined && !follows) {
        close();
        run = [];
      }
      run.push(r);
    }
    close();
  }
  return found;
}

/** HTTP/1.1: more calls at once than a client opens connections (5), of which one waits over 500 ms before it is sent. */
export function httpQueue(spans: readonly DetectorSpan[]): Occurrence[] {
  const rows = spans.flatMap((s, i) =>
    s.kind === 'http' && s.protocol === '1.1' && s.sentAt !== undefined ? [i] : [],
  );
  const byHost = groupBy(rows, (r) => hostOf(at(spans, r).text));
  return [...byHost.values()].flatMap((group) => {
    const queued = group.filter((r) => {
      const s = at(spans, r);
      const overlapping = group.filter(
        (o) => at(spans, o).start < s.end && at(spans, o).end > s.start,
      ).length;
      return overlapping > 5 && (s.sentAt ?? s.start) - s.start > 500;
    });
    return queued.length > 0 ? [queued] : [];
  });
}

const at = (spans: readonly DetectorSpan[], row: number): DetectorSpan => spans[row] as DetectorSpan;
const length = (s: DetectorSpan): number => s.end - s.start;
const total = (spans: readonly DetectorSpan[], rows: readonly number[]): number =>
  rows.reduce((sum, r) => sum + length(at(spans, r)), 0);
const isSelect = (text: string): boolean => /^\s*select\b/i.test(text);
const statementKey = (s: DetectorSpan): string => s.sameAs ?? s.text.replace(/\s+/g, ' ').trim();
const hostOf = (text: string): string => /^(?:[A-Z]+ )?([a-z]+:\/\/[^/]+)/.exec(text)?.[1] ?? '';

/** The URL with numbers, ids and query values left out. */
export const urlKey = (text: string): string =>
  text
    .replace(/=[^&#\s]*/g, '=*')
    .replace(/\/[^/?#\s]*\d[^/?#\s]*(?=[/?#\s]|$)/g, '/*')
    .trim();

function within(s: DetectorSpan, spans: readonly DetectorSpan[], run: readonly number[]): boolean {
  return (
    s.start >= at(spans, run[0] as number).start && s.end <= at(spans, run[run.length - 1] as number).end
  );
}

function siblings(spans: readonly DetectorSpan[]): number[][] {
  const rows = spans.map((_, i) => i).sort((a, b) => at(spans, a).start - at(spans, b).start || a - b);
  return [...groupBy(rows, (r) => at(spans, r).parent).values()];
}

/** Neighbours with equal keys. */
function runsOf(rows: readonly number[], key: (row: number) => string): number[][] {
  const runs: number[][] = [];
  for (const row of rows) {
    const last = runs[runs.length - 1];
    if (last && key(last[0] as number) === key(row)) last.push(row);
    else runs.push([row]);
  }
  return runs;
}

function groupBy(rows: readonly number[], key: (row: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const k = key(row);
    const group = groups.get(k);
    if (group) group.push(row);
    else groups.set(k, [row]);
  }
  return groups;
}
