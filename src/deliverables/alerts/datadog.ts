import { type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { isSignOf, type Watch, watchesOf } from '../signals/index.js';
import { digits, type Json, json, safe, sentence } from '../text.js';
import { burstAlert, type Objective, objectivesOf } from './objective.js';
import { badWords } from './prometheus.js';

/** Datadog monitors: burn rate of two SLOs in both windows, and the leading signs. */
export default {
  id: 'alerts/datadog',
  about:
    'Datadog monitors: failures and slow requests over two windows, and the leading signs of the suspected causes',
  make(result, context) {
    if (!usesTool(context, 'datadog')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'alerts/datadog',
        path: 'alerts/datadog-monitors.json',
        kind: 'alerts',
        stack: 'Datadog',
        language: 'json',
        title: say`Datadog monitors of ${name(result.case.appName || context.app.name)}`,
        use: say`jq -c '.[]' alerts/datadog-monitors.json | while read -r m; do curl -sS -X POST "https://api.\${DD_SITE:-datadoghq.com}/api/v1/monitor" -H "DD-API-KEY: $DD_API_KEY" -H "DD-APPLICATION-KEY: $DD_APP_KEY" -H 'Content-Type: application/json' -d "$m"; done`,
        text: json(datadogMonitors(parts).map(monitorJson)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** A monitor, whatever it is written as. */
export interface DatadogMonitor {
  /** Words that tell it from the others of the case. */
  id: string;
  title: Text;
  query: Text;
  message: Text;
  tags: string[];
  priority: number;
  critical: Json;
  /** Seconds by which the evaluation waits for late points. */
  delayS?: number;
}

const monitorJson = (m: DatadogMonitor): Json => ({
  name: { text: m.title },
  type: 'query alert',
  query: { text: m.query },
  message: { text: m.message },
  tags: m.tags,
  priority: m.priority,
  options: {
    thresholds: { critical: m.critical },
    notify_no_data: false,
    require_full_window: false,
    include_tags: true,
    evaluation_delay: m.delayS,
  },
});

export function datadogMonitors(p: Parts): DatadogMonitor[] {
  const objectives = objectivesOf(p.context);
  return [
    ...objectives.flatMap((o) => burn(o, p)),
    ...watchesOf(p).flatMap((w) => (w.datadog ? [leading(w, w.datadog, p)] : [])),
  ];
}

export const datadogHits = (p: Parts): string => `sum:trace.http.request.hits{service:${p.job}}.as_count()`;

/** Share of bad requests over the window. Latency by the APM distribution: requests slower than the limit. */
export function datadogShare(o: Objective, p: Parts): Text {
  const hits = datadogHits(p);
  if (!o.limit) return say`sum:trace.http.request.errors{service:${p.job}}.as_count() / ${hits}`;
  return say`(${hits} - count(v: v<=${digits(o.limit, 0.001, 6)}):trace.http.request{service:${p.job}}.as_count()) / ${hits}`;
}

function burn(o: Objective, p: Parts): DatadogMonitor[] {
  const inBurst = burstAlert(p.context);
  const of = o.of ? say` of ${name(o.of.name)}` : say``;
  const tags = [`service:${p.job}`, `slo:${o.id}`, 'made-by:kneepoint'];
  const made = o.alerts
    .filter((a) => a.severity === 'page')
    .map(
      (a): DatadogMonitor => ({
        id: `${o.id}-${a.long}`,
        title: say`${name(p.app)}${of}: too many requests ${badWords(o)} over ${a.long}`,
        query: say`sum(last_${a.long}):${datadogShare(o, p)} > ${digits(a.threshold, 1, 6)}`,
        message: say`More than ${digits(a.threshold, 100)} % of requests are ${badWords(o)}; ${digits(o.budget, 100, 4)} % may be. At this rate ${digits(a.spent, 100)} % of the budget of the month goes in ${a.long}. Runbook: alerts/runbook.md, first five minutes.`,
        tags,
        priority: a.long === '1h' ? 1 : 2,
        critical: digits(a.threshold, 1, 6),
        delayS: 60,
      }),
    );
  if (inBurst)
    made.push({
      id: `${o.id}-burst`,
      title: say`${name(p.app)}${of}: in a burst, too many requests ${badWords(o)}`,
      query: say`sum(last_5m):${datadogShare(o, p)} > ${digits(o.budget, inBurst.factor.value, 6)}`,
      message: say`Act while it lasts: the hour's window is too slow for a burst. In calm traffic (below ${digits(inBurst.from)} requests a second) leave it to the slower monitors. Runbook: alerts/runbook.md.`,
      tags,
      priority: 2,
      critical: digits(o.budget, inBurst.factor.value, 6),
    });
  return made;
}

function leading(w: Watch, d: NonNullable<Watch['datadog']>, p: Parts): DatadogMonitor {
  const cause = p.findings.find((f) => isSignOf(w, f));
  const critical = digits(w.threshold, d.scale, 6);
  return {
    id: w.id,
    title: w.title,
    query: say`avg(last_5m):${d.query} ${w.above ? '>' : '<'} ${critical}`,
    message: say`${sentence(w.means)}${cause ? say` Suspected here: ${safe(cause.title)}.` : ''} Runbook: alerts/runbook.md, ${w.id}.`,
    tags: [`service:${p.job}`, `layer:${w.layer}`, 'made-by:kneepoint'],
    priority: 3,
    critical,
  };
}
