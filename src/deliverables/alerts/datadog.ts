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
        text: json(monitors(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

function monitors(p: Parts): Json[] {
  const objectives = objectivesOf(p.context);
  return [
    ...objectives.flatMap((o) => burn(o, p)),
    ...watchesOf(p).flatMap((w) => (w.datadog ? [leading(w, w.datadog, p)] : [])),
  ];
}

const hits = (p: Parts): string => `sum:trace.http.request.hits{service:${p.job}}.as_count()`;

/** Share of bad requests over the window. Latency by the APM distribution: requests slower than the limit. */
function share(o: Objective, p: Parts): Text {
  if (!o.limit) return say`sum:trace.http.request.errors{service:${p.job}}.as_count() / ${hits(p)}`;
  return say`(${hits(p)} - count(v: v<=${digits(o.limit, 0.001, 6)}):trace.http.request{service:${p.job}}.as_count()) / ${hits(p)}`;
}

function burn(o: Objective, p: Parts): Json[] {
  const inBurst = burstAlert(p.context);
  const of = o.of ? say` of ${name(o.of.name)}` : say``;
  const made = o.alerts
    .filter((a) => a.severity === 'page')
    .map(
      (a): Json => ({
        name: { text: say`${name(p.app)}${of}: too many requests ${badWords(o)} over ${a.long}` },
        type: 'query alert',
        query: { text: say`sum(last_${a.long}):${share(o, p)} > ${digits(a.threshold, 1, 6)}` },
        message: {
          text: say`More than ${digits(a.threshold, 100)} % of requests are ${badWords(o)}; ${digits(o.budget, 100, 4)} % may be. At this rate ${digits(a.spent, 100)} % of the budget of the month goes in ${a.long}. Runbook: alerts/runbook.md, first five minutes.`,
        },
        tags: [`service:${p.job}`, `slo:${o.id}`, 'made-by:kneepoint'],
        priority: a.long === '1h' ? 1 : 2,
        options: {
          thresholds: { critical: digits(a.threshold, 1, 6) },
          notify_no_data: false,
          require_full_window: false,
          include_tags: true,
          evaluation_delay: 60,
        },
      }),
    );
  if (inBurst)
    made.push({
      name: { text: say`${name(p.app)}${of}: in a burst, too many requests ${badWords(o)}` },
      type: 'query alert',
      query: { text: say`sum(last_5m):${share(o, p)} > ${digits(o.budget, inBurst.factor.value, 6)}` },
      message: {
        text: say`Act while it lasts: the hour's window is too slow for a burst. In calm traffic (below ${digits(inBurst.from)} requests a second) leave it to the slower monitors. Runbook: alerts/runbook.md.`,
      },
      tags: [`service:${p.job}`, `slo:${o.id}`, 'made-by:kneepoint'],
      priority: 2,
      options: {
        thresholds: { critical: digits(o.budget, inBurst.factor.value, 6) },
        notify_no_data: false,
        require_full_window: false,
        include_tags: true,
      },
    });
  return made;
}

function leading(w: Watch, d: NonNullable<Watch['datadog']>, p: Parts): Json {
  const cause = p.findings.find((f) => isSignOf(w, f));
  const critical = digits(w.threshold, d.scale, 6);
  return {
    name: { text: w.title },
    type: 'query alert',
    query: { text: say`avg(last_5m):${d.query} ${w.above ? '>' : '<'} ${critical}` },
    message: {
      text: say`${sentence(w.means)}${cause ? say` Suspected here: ${safe(cause.title)}.` : ''} Runbook: alerts/runbook.md, ${w.id}.`,
    },
    tags: [`service:${p.job}`, `layer:${w.layer}`, 'made-by:kneepoint'],
    priority: 3,
    options: {
      thresholds: { critical },
      notify_no_data: false,
      require_full_window: false,
      include_tags: true,
    },
  };
}
