import { stringify } from 'yaml';
import { durationText } from '../../evidence/readers/promql/duration.js';
import { longestSeconds, type Period } from '../../models/slo/period.js';
import type { NamedAlert, SloPlan } from './plan.js';
import { alertBase } from './plan.js';

export interface RuleOut {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}
export interface GroupOut {
  name: string;
  interval: string;
  rules: RuleOut[];
}

/** Windows up to this are read from the counters; longer ones from what was recorded, which costs a hundredth. */
const FROM_COUNTERS_S = 21_600;
const BASE = '5m';
/** With exclusions every window is made from recorded rates, so that they have to follow an outage quickly. */
const EXCLUDED_BASE = '2m';

const one = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();
const baseOf = (p: SloPlan): string => (p.spec.exclude && p.counting !== 'slices' ? EXCLUDED_BASE : BASE);
const select = (p: SloPlan): string => `{slo="${p.spec.id}"}`;

/** Rules of a promise: what is recorded, the budget, and the alerts. One group, so that alerts see the minute's records. */
export const groupOf = (p: SloPlan, runbook = 'runbook.md'): GroupOut => ({
  name: `slo-${p.spec.id}`,
  interval: '1m',
  rules: [
    ...records(p),
    ...budgetRecords(p),
    ...p.alerts.map((a) => burnRule(p, a, runbook)),
    ...blind(p, runbook),
  ],
});

/** A rule file of promises. What was refused and noted stands above it. */
export function ruleFile(plans: readonly SloPlan[], runbook?: string): string {
  const head = plans.flatMap((p) => [
    ...p.refused.map(
      (r) =>
        `# Left out: ${r.name}. ${r.reason === 'unreachable' ? `${short(r.factor)} × ${short(p.budget)} = ${short(r.threshold)}: more than all would have to be bad.` : `At ${short(r.factor)} times the allowed speed the budget still lasts the period.`}`,
    ),
    ...p.notes.map((n) => `# ${p.spec.id}: ${one(n)}.`),
  ]);
  const groups = plans.map((p) => groupOf(p, runbook));
  return `${head.length > 0 ? `${head.join('\n')}\n` : ''}${stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

export const short = (x: number): string => String(Number(x.toPrecision(6)));

function records(p: SloPlan): RuleOut[] {
  const labels = { slo: p.spec.id };
  const longs = p.alerts.flatMap((a) => [a.longS, a.shortS]);
  const windows = [...new Set([...(p.alerts.length > 0 ? longs : []), 300])].sort((a, b) => a - b);
  const rule = (what: 'bad' | 'total', w: string, expr: string): RuleOut => ({
    record: `slo:${what}:rate${w}`,
    expr: one(expr),
    labels,
  });
  if (p.sliceBad !== undefined) {
    const share = (w: string): string => `avg_over_time(slo:slice_bad:share${select(p)}[${w}])`;
    return [
      { record: 'slo:slice_bad:share', expr: one(excluded(p, p.sliceBad, '2m')), labels },
      ...windows.flatMap((s) => {
        const w = durationText(s);
        return [rule('bad', w, share(w)), rule('total', w, `0 * ${share(w)} + 1`)];
      }),
      ...(p.rates && p.rates.weight === 'events' ? eventRecords(p) : []),
    ];
  }
  const { rates } = p;
  if (!rates) return [];
  const base = baseOf(p);
  const average = (what: string, w: string): string =>
    `avg_over_time(slo:${what}:rate${base}${select(p)}[${w}])`;
  return [
    ...(windows.some((s) => durationText(s) === base)
      ? []
      : [
          rule('total', base, excluded(p, rates.total(base), base)),
          rule('bad', base, excluded(p, rates.bad(base), base)),
        ]),
    ...windows.flatMap((s) => {
      const w = durationText(s);
      const counted = !p.spec.exclude && s <= FROM_COUNTERS_S;
      return counted || w === base
        ? [
            rule('total', w, excluded(p, rates.total(w), base)),
            rule('bad', w, excluded(p, rates.bad(w), base)),
          ]
        : [rule('total', w, average('total', w)), rule('bad', w, average('bad', w))];
    }),
  ];
}

/** Seconds between two records. */
const RECORDED_EVERY_S = 60;

/** Bad events behind slices: one request that fails in an idle minute is a bad slice, but no reason to wake anyone. */
const eventRecords = (p: SloPlan): RuleOut[] =>
  p.rates
    ? [{ record: 'slo:bad_events:rate5m', expr: one(p.rates.bad(BASE)), labels: { slo: p.spec.id } }]
    : [];

/** Nothing counts while planned work lasts, and until the window has left it behind. */
const excluded = (p: SloPlan, expr: string, window: string): string =>
  p.spec.exclude ? `(${expr}) unless on () count_over_time((${p.spec.exclude})[${window}:1m])` : expr;

const PERIOD_NUMBER = {
  day: (t: string) => `floor(${t} / 86400)`,
  // 1970 began on a Thursday; weeks begin on Monday.
  week: (t: string) => `floor((${t} + 259200) / 604800)`,
  month: (t: string) => `year(${t}) * 100 + month(${t})`,
  quarter: (t: string) => `year(${t}) * 10 + ceil(month(${t}) / 3)`,
  year: (t: string) => `year(${t})`,
} as const;

/** The running period as a label: `{period="202611"}`. */
function periodLabel(period: Extract<Period, { kind: 'calendar' }>): string {
  const time =
    period.offsetMinutes === 0 ? 'vector(time())' : `vector(time() + ${period.offsetMinutes * 60})`;
  return `count_values("period", ${PERIOD_NUMBER[period.unit](time)})`;
}

export const errorRecord = (p: SloPlan): string =>
  `slo:sli_error:ratio${p.spec.period.kind === 'rolling' ? durationText(p.spec.period.seconds) : `_${p.spec.period.unit}`}`;

function budgetRecords(p: SloPlan): RuleOut[] {
  const labels = { slo: p.spec.id };
  const base = baseOf(p);
  const { period } = p.spec;
  const reach = durationText(longestSeconds(period));
  const name = errorRecord(p);
  const remaining: RuleOut = {
    record: 'slo:budget_remaining:ratio',
    expr: `1 - ${name}${select(p)} / ${short(p.budget)}`,
    labels,
  };
  const source = p.counting === 'slices' ? 'slo:slice_bad:share' : `slo:bad:rate${base}`;
  // Rates are summed before they are divided, so that an idle night does not weigh like a busy day.
  if (period.kind === 'rolling') {
    const expr =
      p.counting === 'slices'
        ? `avg_over_time(${source}${select(p)}[${reach}])`
        : `sum_over_time(${source}${select(p)}[${reach}]) / (sum_over_time(slo:total:rate${base}${select(p)}[${reach}]) > 0)`;
    return [{ record: name, expr, labels }, remaining];
  }
  // Each sample is marked with the period it falls in; of the longest reach only those of the running one are summed.
  const label = periodLabel(period);
  const marked = (what: string): string => `${what}${select(p)} * on () group_left (period) ${label}`;
  const running = (what: string): string =>
    `(sum_over_time(${what}${select(p)}[${reach}]) and on (period) ${label})`;
  const total = p.counting === 'slices' ? `0 * slo:slice_bad:share${select(p)} + 1` : '';
  return [
    { record: 'slo:bad:calendar', expr: marked(source), labels },
    {
      record: 'slo:total:calendar',
      expr:
        p.counting === 'slices'
          ? `(${total}) * on () group_left (period) ${label}`
          : marked(`slo:total:rate${base}`),
      labels,
    },
    {
      record: name,
      expr: `sum without (period) (${running('slo:bad:calendar')}) / (sum without (period) (${running('slo:total:calendar')}) > 0)`,
      labels,
    },
    remaining,
  ];
}

/** Condition of an alert: both windows beyond the threshold, and enough bad ones to say anything. */
export function alertExpr(p: SloPlan, a: NamedAlert): string {
  const s = select(p);
  const burn = (w: string): string =>
    `(slo:bad:rate${w}${s} / (slo:total:rate${w}${s} > 0) > ${short(a.threshold)})`;
  const long = durationText(a.longS);
  const brief = durationText(a.shortS);
  const over = (record: string): string => `sum_over_time(${record}${s}[${long}])`;
  // Of what was recorded a minute, the sum is a count however young the series is; a mean times the window is not.
  const recorded = p.counting === 'slices' || p.spec.exclude !== undefined || a.longS > FROM_COUNTERS_S;
  const bad = p.counting === 'slices' ? 'slo:slice_bad:share' : `slo:bad:rate${baseOf(p)}`;
  const guards: string[] = [];
  if (p.counting === 'events')
    guards.push(
      recorded
        ? `(${over(bad)} * ${RECORDED_EVERY_S} >= ${a.atLeast})`
        : `(slo:bad:rate${long}${s} * ${a.longS} >= ${a.atLeast})`,
    );
  else {
    // Bad minutes in the window, with half a minute of tolerance.
    guards.push(
      recorded
        ? `(${over(bad)} >= ${a.atLeast - 0.5})`
        : `(slo:bad:rate${long}${s} * ${a.longS / 60} >= ${a.atLeast - 0.5})`,
    );
    if (p.counting === 'slices' && p.rates?.weight === 'events')
      guards.push(`(${over('slo:bad_events:rate5m')} * ${RECORDED_EVERY_S} >= ${a.outage ? 10 : 5})`);
  }
  return [burn(long), ...(brief === long ? [] : [burn(brief)]), ...guards].join('\nand ');
}

/** Prometheus reads labels and annotations as templates: words of the author are none. */
const words = (text: string): string => text.replaceAll('{{', '{ {');

const percent = (share: number): string => `${short(share * 100)} %`;
export const anchor = (name: string): string => name.toLowerCase();

function burnRule(p: SloPlan, a: NamedAlert, runbook: string): RuleOut {
  const choice = a.severity === 'page' ? p.spec.page : p.spec.ticket;
  const what = p.counting === 'slices' ? 'minutes are bad' : 'events are bad';
  const window = a.outage ? 'five minutes' : `${durationText(a.longS)} and ${durationText(a.shortS)}`;
  return {
    alert: a.name,
    expr: alertExpr(p, a),
    labels: {
      ...safeLabels(p.spec.labels),
      severity: a.severity,
      slo: p.spec.id,
      service: words(p.spec.service),
      ...safeLabels(choice.labels),
    },
    annotations: {
      summary: `${words(p.spec.service)}, ${words(p.spec.name)}: more than ${percent(a.threshold)} of ${what} over ${window}`,
      description: a.outage
        ? `An outage, or close to it: ${percent(p.budget)} may be bad.`
        : `${short(a.factor)} times as fast as allowed: ${percent(a.spent)} of the budget of ${periodWords(p)} goes in ${durationText(a.longS)}.`,
      runbook_url: `${runbook}#${anchor(a.name)}`,
      ...plainAnnotations(choice.annotations),
    },
  };
}

export const periodWords = (p: SloPlan): string =>
  p.spec.period.kind === 'rolling' ? durationText(p.spec.period.seconds) : `the ${p.spec.period.unit}`;

/** Labels that Prometheus takes. */
const safeLabels = (labels: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([k, v]) => {
      const name = k.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
      return v === '' || name.startsWith('__') ? [] : [[name, words(v)]];
    }),
  );
/** Annotations of the author; templates are theirs to write. */
const plainAnnotations = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations).flatMap(([k, v]) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(k) ? [[k, v]] : [])),
  );

export const noDataName = (p: SloPlan): string => `${alertBase(p.spec)}NoData`;
export const bucketName = (p: SloPlan): string => `${alertBase(p.spec)}BucketMissing`;

/** Alerts about the alerts: nothing comes in, or the bucket at the limit is not there. */
function blind(p: SloPlan, runbook: string): RuleOut[] {
  const labels = { severity: 'ticket', slo: p.spec.id, service: words(p.spec.service) };
  const base = p.counting === 'slices' ? 'slo:slice_bad:share' : `slo:total:rate${baseOf(p)}`;
  const quiet = p.spec.exclude ? ` unless on () (${p.spec.exclude})` : '';
  const { bucket } = p.rates ?? {};
  return [
    {
      alert: noDataName(p),
      expr: `absent(${base}${select(p)})${quiet}`,
      for: '10m',
      labels,
      annotations: {
        summary: `${words(p.spec.service)}, ${words(p.spec.name)}: nothing comes in; its alerts are blind, not quiet`,
        description: 'The target is gone, or a metric or label has another name.',
        runbook_url: `${runbook}#${anchor(noDataName(p))}`,
      },
    },
    ...(bucket
      ? [
          {
            alert: bucketName(p),
            expr: `count(${bucket.whole}) > 0 unless count(${bucket.missing}) > 0`,
            for: '15m',
            labels,
            annotations: {
              summary: `${words(p.spec.service)}, ${words(p.spec.name)}: the histogram has no bucket at the limit`,
              description: `${bucket.missing} has no series: add its bound to the histogram.`,
              runbook_url: `${runbook}#${anchor(bucketName(p))}`,
            },
          },
        ]
      : []),
  ];
}
