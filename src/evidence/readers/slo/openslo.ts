import type { CalendarUnit, Period } from '../../../models/slo/period.js';
import { isObject, texts } from '../yaml-file.js';
import { listAt, type Node, numberAt, objectiveAt, optionalText, queryAt, textAt, wrong } from './node.js';
import {
  type AskedAlert,
  type Budgeting,
  EXCLUDE_KEY,
  type Indicator,
  NO_CHOICE,
  type SloSpec,
  sloId,
} from './spec.js';

const DAY_S = 86_400;
const UNIT_S: Record<string, number> = {
  m: 60,
  h: 3600,
  d: DAY_S,
  w: 7 * DAY_S,
  M: 30 * DAY_S,
  Q: 90 * DAY_S,
  Y: 365 * DAY_S,
};
const CALENDAR: Record<string, CalendarUnit> = {
  '1d': 'day',
  '1w': 'week',
  '7d': 'week',
  '1M': 'month',
  '1Q': 'quarter',
  '3M': 'quarter',
  '1Y': 'year',
  '12M': 'year',
};

export const isOpenSlo = (value: Record<string, unknown>): boolean =>
  /^openslo(?:\.com)?\//i.test(String(value.apiVersion ?? ''));

/** Reads OpenSLO v1: SLOs with their indicators and alert policies, inline or by reference. Throws `FileError`. */
export function readOpenSlo(docs: readonly Node[]): SloSpec[] {
  for (const doc of docs)
    if (!/^openslo(?:\.com)?\/v1$/i.test(String(doc.get('apiVersion').value)))
      throw wrong(
        doc.get('apiVersion'),
        `is ${String(doc.get('apiVersion').value)}; openslo/v1 is read here`,
        'Bring the file to openslo/v1.',
      );
  return docs.filter((d) => d.get('kind').value === 'SLO').flatMap((d) => slo(d, docs));
}

const nameOf = (doc: Node): string => textAt(doc.get('metadata').get('name'), 'Give metadata.name.');

function referred(ref: Node, kind: string, docs: readonly Node[]): Node {
  const name = textAt(ref, `Name a ${kind} of the same file.`);
  const found = docs.find(
    (d) => d.get('kind').value === kind && d.get('metadata').get('name').value === name,
  );
  if (!found)
    throw wrong(ref, `names the ${kind} "${name}", which is not in the file`, 'Put it in the same file.');
  return found;
}

function slo(doc: Node, docs: readonly Node[]): SloSpec[] {
  const name = nameOf(doc);
  const spec = doc.get('spec');
  const service = textAt(spec.get('service'), 'Name the service that promises.');
  const annotations = texts(doc.get('metadata').get('annotations').value);
  const objectives = listAt(spec.get('objectives'), 'Give at least one objective.');
  const notes: string[] = [];
  const period = periodOf(spec.get('timeWindow'), notes);
  const asked = askedAlerts(spec.get('alertPolicies'), docs);
  return objectives.map((objective, i): SloSpec => {
    const own = [objective, spec].find(
      (n) => n.get('indicator').value !== undefined || n.get('indicatorRef').value !== undefined,
    );
    if (!own) throw wrong(spec, 'has no indicator', 'Give indicator or indicatorRef.');
    const indicatorDoc =
      own.get('indicator').value !== undefined
        ? own.get('indicator')
        : referred(own.get('indicatorRef'), 'SLI', docs);
    const more = objectives.length > 1 ? [optionalText(objective.get('displayName')) || String(i + 1)] : [];
    const percent = objective.get('targetPercent').value !== undefined;
    const weight = objective.get('compositeWeight').value;
    return {
      id: sloId(service, name, ...more),
      name: [name, ...more].join(' '),
      service,
      description: optionalText(spec.get('description')),
      objective: percent
        ? objectiveAt(objective.get('targetPercent'), 100)
        : objectiveAt(objective.get('target'), 1),
      indicator: indicator(indicatorDoc.get('spec'), objective),
      budgeting: budgeting(spec.get('budgetingMethod'), objective),
      period,
      labels: labelsOf(doc.get('metadata').get('labels').value),
      annotations,
      alertName: '',
      page: NO_CHOICE,
      ticket: NO_CHOICE,
      asked,
      exclude: annotations[EXCLUDE_KEY],
      notes: [
        ...notes,
        ...(weight === undefined ? [] : ['each objective of a composite is alerted on by itself']),
      ],
      line: objective.line,
    };
  });
}

/** OpenSLO lets a label have several values: they are joined. */
const labelsOf = (value: unknown): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([k, v]) => [
          k,
          Array.isArray(v) ? v.map(String).join(',') : String(v ?? ''),
        ]),
      )
    : {};

function seconds(n: Node): number {
  const text = textAt(n, 'Write a duration: 30d, 1w, 1M.');
  const found = /^(\d+)([mhdwMQY])$/.exec(text);
  const value = found ? Number(found[1]) * (UNIT_S[found[2] ?? ''] ?? 0) : 0;
  if (value > 0) return value;
  throw wrong(n, `is "${text}", which is no duration`, 'Write a number and one of m, h, d, w, M, Q, Y.');
}

function periodOf(window: Node, notes: string[]): Period {
  if (window.value === undefined) {
    notes.push('no time window was given: 28 days are taken');
    return { kind: 'rolling', seconds: 28 * DAY_S };
  }
  const list = Array.isArray(window.value) ? listAt(window, 'Give one window.') : [window];
  const [first, second] = list;
  if (!first || second)
    throw wrong(window, 'has more than one window', 'Give one; write another SLO for the other.');
  const length = seconds(first.get('duration'));
  const calendar = first.get('calendar');
  if (first.get('isRolling').value === true || calendar.value === undefined)
    return { kind: 'rolling', seconds: length };
  const unit = CALENDAR[String(first.get('duration').value)];
  if (!unit)
    throw wrong(
      first.get('duration'),
      `is ${String(first.get('duration').value)}, which no calendar has`,
      'Take 1d, 1w, 1M, 1Q or 1Y, or isRolling: true.',
    );
  return { kind: 'calendar', unit, offsetMinutes: zone(calendar.get('timeZone'), notes) };
}

/** Minutes east of UTC; where clocks change, those of January. */
function zone(n: Node, notes: string[]): number {
  const name = optionalText(n);
  if (name === '' || /^(?:UTC|GMT|Etc\/UTC)$/i.test(name)) return 0;
  const at = (month: number): number => {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
    }).formatToParts(Date.UTC(2024, month, 15));
    const text = parts.find((p) => p.type === 'timeZoneName')?.value ?? 'GMT';
    const found = /([+-])(\d{2}):(\d{2})/.exec(text);
    return found ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
  };
  try {
    const winter = at(0);
    if (winter !== at(6))
      notes.push(`${name} changes its clocks and PromQL has none: its offset of January is used all year`);
    return winter;
  } catch {
    throw wrong(n, `is "${name}", which is no time zone`, 'Take an IANA name like Europe/Berlin, or UTC.');
  }
}

function budgeting(method: Node, objective: Node): Budgeting {
  const name = optionalText(method) || 'Occurrences';
  const slice = objective.get('timeSliceWindow');
  const sliceS = slice.value === undefined ? 60 : seconds(slice);
  switch (name) {
    case 'Occurrences':
      return { method: 'occurrences' };
    case 'Timeslices':
      return {
        method: 'timeslices',
        target: objectiveAtOr(objective.get('timeSliceTarget')),
        sliceS,
      };
    case 'RatioTimeslices':
      return { method: 'ratio-timeslices', sliceS };
    default:
      throw wrong(method, `is "${name}"`, 'Take Occurrences, Timeslices or RatioTimeslices.');
  }
}
/** A slice may have to be good altogether, so that one is allowed here. */
function objectiveAtOr(n: Node): number {
  if (n.value === undefined) return 1;
  const value = numberAt(n, 'Write a share: 0.95');
  if (value > 0 && value <= 1) return value;
  throw wrong(n, `is ${value}, which is not between 0 and 1`, 'Write a share: 0.95.');
}

const QUERY_KEYS = ['query', 'promql', 'promQL', 'expr', 'queryString'] as const;
function source(metric: Node): string {
  const src = metric.get('metricSource');
  const type = optionalText(src.get('type'));
  if (type !== '' && !/prom|mimir|thanos|cortex|victoria/i.test(type))
    throw wrong(
      src.get('type'),
      `is ${type}; Prometheus rules need PromQL`,
      'Give a metricSource of type Prometheus.',
    );
  const spec = src.get('spec');
  const key = QUERY_KEYS.find((k) => spec.get(k).value !== undefined) ?? 'query';
  return queryAt(spec.get(key), 'Give metricSource.spec.query as PromQL.');
}

function indicator(spec: Node, objective: Node): Indicator {
  const ratio = spec.get('ratioMetric');
  const threshold = spec.get('thresholdMetric');
  if (threshold.value !== undefined) {
    const op = optionalText(objective.get('op'));
    if (op !== 'lt' && op !== 'lte' && op !== 'gt' && op !== 'gte')
      throw wrong(objective.get('op'), `is "${op}"`, 'A threshold needs op: lt, lte, gt or gte.');
    return {
      kind: 'threshold',
      query: source(threshold),
      op,
      limit: numberAt(objective.get('value'), 'A threshold needs a value.'),
    };
  }
  if (ratio.value === undefined)
    throw wrong(spec, 'has neither ratioMetric nor thresholdMetric', 'Give one of them.');
  const raw = ratio.get('raw');
  if (raw.value !== undefined) {
    const type = optionalText(ratio.get('rawType')) || 'success';
    if (type !== 'success' && type !== 'failure')
      throw wrong(ratio.get('rawType'), `is "${type}"`, 'Take success or failure.');
    return { kind: 'ratio', query: source(raw), of: type === 'success' ? 'good' : 'bad' };
  }
  const total = source(ratio.get('total'));
  const gauge = ratio.get('counter').value === false ? { gauge: true } : {};
  if (ratio.get('bad').value !== undefined)
    return { kind: 'events', bad: source(ratio.get('bad')), total, ...gauge };
  return { kind: 'events', good: source(ratio.get('good')), total, ...gauge };
}

/** Conditions of kind burnrate, in place of the usual pairs. */
function askedAlerts(policies: Node, docs: readonly Node[]): AskedAlert[] {
  if (!Array.isArray(policies.value)) return [];
  return policies.value.flatMap((_, i) => {
    const entry = policies.get(i);
    const ref = [entry.get('alertPolicyRef'), entry].find((n) => typeof n.value === 'string');
    const policy = ref ? referred(ref, 'AlertPolicy', docs) : entry;
    const conditions = policy.get('spec').get('conditions');
    if (!Array.isArray(conditions.value)) return [];
    return conditions.value.flatMap((__, j): AskedAlert[] => {
      const c = conditions.get(j);
      const byName = c.get('conditionRef');
      const doc = byName.value === undefined ? c : referred(byName, 'AlertCondition', docs);
      const condition = doc.get('spec').get('condition');
      if (optionalText(condition.get('kind')) !== 'burnrate') return [];
      const severity = optionalText(doc.get('spec').get('severity')).toLowerCase();
      return [
        {
          severity: /ticket|warn|low|minor|info/.test(severity) ? 'ticket' : 'page',
          factor: numberAt(condition.get('threshold'), 'Give the burn rate from which it fires.'),
          longS: seconds(condition.get('lookbackWindow')),
          line: condition.line,
        },
      ];
    });
  });
}
