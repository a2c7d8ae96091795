import {
  FACT_NAMES,
  type Fact,
  type FactName,
  type Finding,
  formatQuantity,
  type INPUT_KEYS,
  type Layer,
  type NumberSegment,
  name,
  num,
  type Phase,
  say,
  type Text,
} from '../domain/index.js';

/** Stands in place of a fact id for a number that the report itself counts: rows, files, folded runs. */
export const TALLY = '#tally';

/** A number that the report counted, such as how many rows were left out. */
export const tally = (n: number): NumberSegment => ({
  n: String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f'),
  ref: TALLY,
});

/** State of a finding: a sign and a word, so that colour is a second signal. */
export const STATE: Record<Finding['verdict'], string> = {
  supported: '● supported',
  plausible: '◐ plausible',
  untested: '○ untested',
  refuted: '✕ ruled out',
};

export const VERDICT_WORDS = {
  'cause-found': 'Cause found',
  'plausible-causes': 'Plausible causes, not yet measured',
  'no-cause': 'No cause found',
  'cannot-tell': 'Cannot tell yet',
} as const;

export const LAYER_WORDS: Record<Layer, string> = {
  client: 'Client',
  api: 'API',
  cache: 'Cache',
  database: 'Database',
  infrastructure: 'Infrastructure',
  dependency: 'Dependency',
};

export const INPUT_WORDS: Record<(typeof INPUT_KEYS)[number], string> = {
  app_name: 'System or service',
  architecture: 'Architecture',
  performance_issues: 'Observed symptoms',
  current_metrics: 'Current metrics',
  target_metrics: 'Targets',
  observability: 'Telemetry stack',
  recent_changes: 'Recent changes',
  constraints: 'Constraints',
  workload: 'Workload',
  dependencies: 'Dependencies',
};

const PHASE_WORDS: Record<Phase, string> = {
  baseline: 'before',
  steady: 'steady',
  incident: 'during the trouble',
  peak: 'at peak',
  target: 'target',
  planned: 'planned',
  any: '',
};

/** When a fact holds; what is computed for the target is not itself the target. */
export const phaseWords = (fact: Fact): string =>
  fact.phase === 'target' && fact.origin !== 'stated' ? 'at the target' : PHASE_WORDS[fact.phase];

const SHORT: Partial<Record<FactName, string>> = {
  'latency.mean': 'mean latency',
  'latency.p999': 'p99.9',
  'latency.max': 'longest',
  throughput: 'throughput',
  'errors.ratio': 'errors',
  'availability.ratio': 'availability',
  'timeouts.ratio': 'time-outs',
  'cpu.utilisation': 'CPU busy',
  'memory.utilisation': 'memory in use',
  'connections.used': 'connections in use',
  'connections.limit': 'connection limit',
  'cache.hitRatio': 'cache hit ratio',
  'mix.share': 'share of traffic',
  'cost.change': 'cost change',
  'payload.mean': 'payload',
  instances: 'instances',
  shards: 'shards',
  'duration.stated': 'a span of time',
  'count.stated': 'a count',
  'ratio.stated': 'a share',
  'bytes.stated': 'a size',
};

/** What a fact is about, in few words: "p99", "cache hit ratio". */
export function factWords(factName: string): string {
  const quantile = /^latency\.(p\d+)$/.exec(factName)?.[1];
  const known = factName as FactName;
  if (SHORT[known]) return SHORT[known];
  if (quantile) return quantile;
  if (known in FACT_NAMES) return FACT_NAMES[known][1];
  return factName
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[.]/g, ' ')
    .toLowerCase();
}

const SIGNS: Record<Fact['comparator'], string> = {
  '=': '',
  '<': '< ',
  '<=': '≤ ',
  '>': '> ',
  '>=': '≥ ',
  '~': '≈ ',
};

/** The value of a fact with how it bounds the truth: "< 700 ms". */
export const shown = (fact: Fact, digits?: number): Text =>
  say`${SIGNS[fact.comparator]}${num(fact, digits === undefined ? {} : { digits })}`;

/** "p99 of `checkout`, before": the words and the subject of a fact, without its value. */
export function factTitle(fact: Fact): Text {
  const phase = phaseWords(fact);
  const what = fact.name in FACT_NAMES ? say`${factWords(fact.name)}` : say`${name(fact.name)}`;
  return say`${what} of ${name(fact.subject.name)}${phase ? `, ${phase}` : ''}`;
}

/** Rough effort in words: minutes of work are an estimate of the catalogue, not a measured number. */
export function effortWords(minutes: number): string {
  if (minutes <= 5) return 'minutes';
  if (minutes <= 20) return 'a quarter of an hour';
  if (minutes <= 45) return 'half an hour';
  if (minutes <= 90) return 'an hour';
  if (minutes <= 300) return 'half a day';
  if (minutes <= 600) return 'a day';
  return 'days';
}

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** "three causes", "one cause", or a tally above ten. */
export function counted(n: number, one: string, many = `${one}s`): Text {
  const word = SMALL[n];
  return word === undefined ? say`${tally(n)} ${many}` : say`${word} ${n === 1 ? one : many}`;
}

/** "2026-03-03 17:41:00 UTC, −19 min": a moment, and how long it is from the start of the incident. */
export function momentWords(at: string, start: string | undefined): string {
  const m = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(at);
  const words = m ? `${m[1]} ${m[2]} UTC` : at;
  const seconds = start === undefined ? Number.NaN : (Date.parse(at) - Date.parse(start)) / 1000;
  if (!Number.isFinite(seconds)) return words;
  const sign = seconds < 0 ? '−' : '+';
  return `${words}, ${sign}${formatQuantity(Math.abs(seconds), 's', 2)}`;
}

/** "2026-03-03 18:00:00 – 18:20:00 UTC": a span of time; the day is said once when it is the same. */
export function spanWords(from: string, to: string): string {
  const moment = (iso: string): [string, string] | undefined => {
    const m = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso);
    return m ? [m[1] ?? '', m[2] ?? ''] : undefined;
  };
  const a = moment(from);
  const b = moment(to);
  if (!a || !b) return `${from} – ${to}`;
  return a[0] === b[0] ? `${a[0]} ${a[1]} – ${b[1]} UTC` : `${a[0]} ${a[1]} – ${b[0]} ${b[1]} UTC`;
}

/** The first letter in upper case, when the text starts with words of ours. */
export function capital(text: Text): Text {
  const [first, ...rest] = text;
  return typeof first === 'string' && first.length > 0 && !/^p\d/.test(first)
    ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest]
    : text;
}
