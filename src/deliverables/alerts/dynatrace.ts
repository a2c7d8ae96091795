import { type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { watchesOf } from '../signals/index.js';
import { digits, type Json, json, sentence } from '../text.js';
import { objectivesOf } from './objective.js';
import { badWords } from './prometheus.js';

/** Dynatrace metric events as objects of the settings API. */
export default {
  id: 'alerts/dynatrace',
  about: 'Dynatrace metric events: failures, slow requests, and the leading signs of the suspected causes',
  make(result, context) {
    if (!usesTool(context, 'dynatrace')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'alerts/dynatrace',
        path: 'alerts/dynatrace-events.json',
        kind: 'alerts',
        stack: 'Dynatrace',
        language: 'json',
        title: say`Dynatrace metric events of ${name(result.case.appName || context.app.name)}`,
        use: say`curl -sS -X POST "$DT_URL/api/v2/settings/objects" -H "Authorization: Api-Token $DT_TOKEN" -H 'Content-Type: application/json' -d @alerts/dynatrace-events.json`,
        text: json(events(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

function events(p: Parts): Json[] {
  const filter = `:filter(in("dt.entity.service",entitySelector("type(service),entityName.equals(${p.job})")))`;
  return [
    ...objectivesOf(p.context).flatMap((o): Json[] => {
      const page = o.alerts.find((a) => a.long === '1h');
      if (!page) return [];
      return o.limit
        ? [
            event(
              say`${name(p.app)}: ${say`p99`} above its target`,
              say`builtin:service.response.time${filter}:percentile(99)`,
              digits(o.limit, 1000),
              say`Requests ${badWords(o)}. Runbook: first five minutes.`,
            ),
          ]
        : [
            event(
              say`${name(p.app)}: too many requests fail`,
              say`builtin:service.errors.server.rate${filter}:avg`,
              digits(page.threshold, 100),
              say`More than ${digits(page.threshold, 100)} % fail; ${digits(o.budget, 100, 4)} % may. Runbook: first five minutes.`,
            ),
          ];
    }),
    ...watchesOf(p).flatMap((w): Json[] =>
      w.dynatrace
        ? [
            event(
              w.title,
              w.dynatrace.selector,
              digits(w.threshold, w.dynatrace.scale, 6),
              say`${sentence(w.means)} Runbook: ${w.id}.`,
            ),
          ]
        : [],
    ),
  ];
}

const event = (title: Text, selector: Text, threshold: Json, description: Text): Json => ({
  schemaId: 'builtin:anomaly-detection.metric-events',
  scope: 'environment',
  value: {
    enabled: true,
    summary: { text: title },
    queryDefinition: { type: 'METRIC_SELECTOR', metricSelector: { text: selector } },
    modelProperties: {
      type: 'STATIC_THRESHOLD',
      threshold,
      alertOnNoData: false,
      alertCondition: 'ABOVE',
      violatingSamples: 3,
      samples: 5,
      dealertingSamples: 5,
    },
    eventTemplate: {
      title: { text: title },
      description: { text: description },
      eventType: 'PERFORMANCE',
      davisMerge: true,
    },
  },
});
