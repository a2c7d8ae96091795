import { INPUT_KEYS, type InputKey } from '../domain/index.js';

/** The words of the brief for each input: as sure as the keys themselves. */
const BRIEF: readonly (readonly [InputKey, string])[] = [
  [
    'app_name',
    'app name|system / service name|system/service name|service name|system name|application name',
  ],
  ['architecture', 'architecture overview|system architecture|system overview'],
  ['performance_issues', 'performance issues|performance problems|observed symptoms|problem statement'],
  [
    'current_metrics',
    'current metrics|current numbers|current performance|current metrics (latency/throughput/resource)',
  ],
  ['target_metrics', 'target metrics|target slos / kpis|target slos/kpis|target slos|performance targets'],
  [
    'observability',
    'telemetry stack|observability stack|monitoring stack|observability tools|monitoring tools',
  ],
  [
    'recent_changes',
    'recent changes|recent changes / deployments|recent changes/deployments|recent deployments|what changed',
  ],
  ['constraints', 'constraints (budget, hardware, compliance)|hard constraints'],
  ['workload', 'workload characteristics|workload profile|traffic profile|traffic patterns|load profile'],
  ['dependencies', 'dependencies (db, cache, third-party)|external dependencies|downstream dependencies'],
];
/** Words that may as well start a point inside an input. */
const LOOSE: readonly (readonly [InputKey, string])[] = [
  ['app_name', 'name|app|application|system|service|product|project'],
  ['architecture', 'our stack|architektur|arch|overview|topology|stack|tech stack|design|setup'],
  [
    'performance_issues',
    'what hurts|what is slow|what goes wrong|the problem|complaints|complaint|pain points|observed|observations|symptome|symptoms|symptom|issues|issue|problem|problems|incident|what is wrong|pain',
  ],
  [
    'current_metrics',
    'figures|current figures|current situation|as is|status quo|metriken|metrics|measurements|numbers|current state|current|today|baseline',
  ],
  [
    'target_metrics',
    'we want|we need|wanted|desired|desired state|requirements|acceptance criteria|success criteria|ziele|targets|target|slos|slo|kpis|goals|goal|objectives|sla|slas|needs',
  ],
  ['observability', 'instrumentation|apm|telemetry|monitoring|tooling|tools'],
  [
    'recent_changes',
    'changed lately|changed recently|recently changed|lately|recently|what is new|änderungen|changes|deployments|changelog|releases|deploys',
  ],
  [
    'constraints',
    'we cannot|boundary conditions|non negotiable|randbedingungen|constraint|limitations|restrictions|limits|non-negotiables',
  ],
  ['workload', 'usage|usage pattern|traffic shape|load|traffic'],
  [
    'dependencies',
    'depends on|relies on|third parties|abhängigkeiten|dependency|deps|downstream|downstreams|integrations',
  ],
];

const plain = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[*_`#>[\]"“”]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const mapOf = (rows: readonly (readonly [InputKey, string])[]): ReadonlyMap<string, InputKey> =>
  new Map(rows.flatMap(([key, labels]) => labels.split('|').map((l) => [plain(l), key] as const)));
const KEYS = mapOf(INPUT_KEYS.map((k) => [k, k] as const));
const BRIEF_LABELS = mapOf(BRIEF);
const LOOSE_LABELS = mapOf(LOOSE);

/** How sure a label is meant as one: `key` is one of the ten, `brief` its name in the brief, `loose` a common word. */
export interface Label {
  key: InputKey;
  sure: 'key' | 'brief' | 'loose';
}

/** The input a label names, or undefined. */
export function labelOf(text: string): Label | undefined {
  const label = plain(text);
  const open = label.indexOf('(');
  // "Current Metrics (last week)": what stands in parentheses is not part of the label.
  for (const l of open > 2 && label.endsWith(')') ? [label, label.slice(0, open).trim()] : [label]) {
    const key = KEYS.get(l);
    if (key) return { key, sure: 'key' };
    const brief = BRIEF_LABELS.get(l);
    if (brief) return { key: brief, sure: 'brief' };
    const loose = LOOSE_LABELS.get(l);
    if (loose) return { key: loose, sure: 'loose' };
  }
  return undefined;
}

/** How the brief explains its variables; a value that starts so was never filled in. */
const EXPLAINED =
  /^(?:name of system\/service|high-level diagram|symptoms \(p99 latency|current metrics snapshot|desired slo\/sla|tools \(datadog, prometheus|code\/config releases|hardware, budget, dependencies that|traffic patterns, input distribution|databases, caches, third-party apis$)/i;

/** True for "[architecture]" left as it was, for the brief's explanation of a variable, and for "n/a". */
export function isPlaceholder(value: string, key: InputKey): boolean {
  const bare = value
    .slice(0, 80)
    .toLowerCase()
    .replace(/[[\]{}<>`_ ]/g, '');
  return (
    bare === key.replaceAll('_', '') ||
    EXPLAINED.test(value) ||
    /^(?:n\/a|none|tbd|todo|unknown|\?+|-+|\.\.\.|…)$/i.test(value.trim())
  );
}
