import type { Change, ChangeMechanism, Context, SymptomKind } from '../domain/index.js';

/** Symptoms that each mechanism can bring about. The first ones are the most usual. */
const BRINGS: Record<ChangeMechanism, readonly SymptomKind[]> = {
  'call-added': [
    'tail-latency',
    'latency',
    'connections-exhausted',
    'timeouts',
    'errors',
    'threads-exhausted',
    'lock-contention',
  ],
  'orm-upgrade': [
    'slow-statement',
    'latency',
    'tail-latency',
    'connections-exhausted',
    'cpu-saturation',
    'memory-growth',
  ],
  'runtime-upgrade': [
    'gc-pauses',
    'cpu-saturation',
    'memory-growth',
    'latency',
    'tail-latency',
    'cold-start',
  ],
  'library-upgrade': [
    'latency',
    'cpu-saturation',
    'memory-growth',
    'tail-latency',
    'errors',
    'connections-exhausted',
  ],
  'schema-change': ['slow-statement', 'lock-contention', 'latency', 'tail-latency', 'disk-io'],
  'index-dropped': ['slow-statement', 'latency', 'disk-io', 'cpu-saturation', 'connections-exhausted'],
  'query-change': [
    'slow-statement',
    'latency',
    'tail-latency',
    'connections-exhausted',
    'disk-io',
    'cpu-saturation',
  ],
  'pool-change': ['connections-exhausted', 'threads-exhausted', 'tail-latency', 'timeouts', 'latency'],
  'cache-change': [
    'low-hit-ratio',
    'connections-exhausted',
    'tail-latency',
    'latency',
    'hot-key',
    'slow-statement',
  ],
  'timeout-change': ['timeouts', 'errors', 'tail-latency', 'threads-exhausted', 'connections-exhausted'],
  'retry-change': ['errors', 'timeouts', 'throttling', 'cpu-saturation', 'tail-latency', 'queue-backlog'],
  'concurrency-change': [
    'threads-exhausted',
    'connections-exhausted',
    'queue-backlog',
    'lock-contention',
    'throttling',
    'tail-latency',
    'cpu-saturation',
  ],
  'config-change': [
    'latency',
    'tail-latency',
    'errors',
    'cpu-saturation',
    'gc-pauses',
    'memory-growth',
    'queue-backlog',
  ],
  'feature-flag': ['latency', 'tail-latency', 'cpu-saturation', 'errors', 'hot-key'],
  'infrastructure-change': [
    'latency',
    'tail-latency',
    'network',
    'disk-io',
    'cpu-saturation',
    'throttling',
    'cold-start',
  ],
  'scaling-change': [
    'cpu-saturation',
    'connections-exhausted',
    'throttling',
    'cold-start',
    'latency',
    'queue-backlog',
    'throughput-drop',
  ],
  'traffic-change': [
    'cpu-saturation',
    'latency',
    'tail-latency',
    'queue-backlog',
    'hot-key',
    'throttling',
    'connections-exhausted',
    'planned-load',
  ],
  'data-growth': ['slow-statement', 'disk-io', 'latency', 'memory-growth', 'gc-pauses', 'queue-backlog'],
  'logging-change': ['cpu-saturation', 'latency', 'disk-io', 'tail-latency'],
  'serialisation-change': ['cpu-saturation', 'network', 'gc-pauses', 'latency', 'memory-growth'],
  'security-change': ['cpu-saturation', 'latency', 'network', 'tail-latency'],
  'batch-change': [
    'disk-io',
    'lock-contention',
    'cpu-saturation',
    'tail-latency',
    'queue-backlog',
    'latency',
  ],
  'code-change': ['latency', 'tail-latency', 'cpu-saturation', 'errors', 'memory-growth'],
};

export interface ChangeFit {
  change: Change;
  /** Symptoms of the case that its mechanism can bring about. */
  explains: SymptomKind[];
  /** Share of the case's symptoms it can explain, 0..1. */
  reach: number;
  /** Symptoms of the case that it cannot bring about. */
  leaves: SymptomKind[];
  /** True when it was said to have come at the time the trouble began, false when it came at another, else undefined. */
  onset?: boolean;
}

/** Each change with the symptoms it can and cannot bring about; the best fit first. */
export function changeFits(context: Context): ChangeFit[] {
  const kinds = [...new Set(context.symptoms.map((s) => s.kind))].filter(
    (k) => k !== 'cost' && k !== 'planned-load',
  );
  const began = context.symptoms.flatMap((s) => (s.condition ? [s.condition] : []));
  return context.changes
    .map((change, at) => {
      const can = new Set(change.mechanisms.flatMap((m) => BRINGS[m]));
      const explains = kinds.filter((k) => can.has(k));
      const onset = onsetOf(change, began);
      return {
        at,
        change,
        explains,
        leaves: kinds.filter((k) => !can.has(k)),
        reach: kinds.length === 0 ? 0 : explains.length / kinds.length,
        ...(onset === undefined ? {} : { onset }),
      };
    })
    .sort((a, b) => score(b) - score(a) || a.at - b.at);
}

const score = (f: ChangeFit): number => f.reach + (f.onset === true ? 0.5 : f.onset === false ? -0.5 : 0);

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Compares what was said of the change's time with what was said of the trouble's beginning. */
function onsetOf(change: Change, began: readonly string[]): boolean | undefined {
  const when = daysAgo(change.when ?? '');
  const starts = began
    .filter((b) => /\b(since|from|after|started|began|as of)\b/i.test(b))
    .flatMap((b) => daysAgo(b) ?? []);
  const start = starts[0];
  if (!when || !start) return undefined;
  if (when.day !== undefined && start.day !== undefined) return when.day === start.day;
  if (when.from === undefined || start.from === undefined) return undefined;
  // A change must come first, and not long before.
  return when.from >= start.to && when.to <= start.from * 2 + 1;
}

interface Span {
  /** Longest and shortest number of days ago. */
  from: number;
  to: number;
  day?: string;
}

/** "two weeks ago", "yesterday", "last week", "since Tuesday" as a span of days ago; `undefined` when there is none. */
export function daysAgo(text: string): Span | undefined {
  const t = text.toLowerCase();
  const day = DAYS.find((d) => t.includes(d));
  if (day) return { from: 7, to: 0, day };
  if (/\btoday\b|this morning/.test(t)) return { from: 1, to: 0 };
  if (/\byesterday\b|last night/.test(t)) return { from: 2, to: 1 };
  if (/\bthis week\b/.test(t)) return { from: 7, to: 0 };
  if (/\blast week\b/.test(t)) return { from: 14, to: 3 };
  if (/\blast month\b/.test(t)) return { from: 60, to: 15 };
  const ago =
    /(\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten)\s+(hour|day|week|month)s?\s+(ago|before|earlier)/.exec(
      t,
    );
  if (!ago) return undefined;
  const count = Number(ago[1]) || wordNumber(ago[1] ?? '');
  const unit = { hour: 1 / 24, day: 1, week: 7, month: 30 }[ago[2] as 'hour' | 'day' | 'week' | 'month'];
  return { from: count * unit * 1.3, to: count * unit * 0.7 };
}

const wordNumber = (w: string): number =>
  Math.max(
    1,
    ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'].indexOf(w),
  );
