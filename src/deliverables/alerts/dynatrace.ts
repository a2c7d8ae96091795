import { type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { labelOf } from '../../readings/percentiles.js';
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
        text: json(metricEvents(parts).map(eventJson)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** A metric event, whatever it is written as. */
export interface MetricEvent {
  /** Words that tell it from the others of the case. */
  id: string;
  title: Text;
  selector: Text;
  threshold: Json;
  above: boolean;
  description: Text;
  type: 'ERROR' | 'SLOWDOWN' | 'RESOURCE';
}
/** Minutes of a window of five that must be beyond the threshold, and that must be back before it ends. */
export const SAMPLES = { violating: 3, of: 5, back: 5 } as const;

/** `:filter(…)` of a metric selector: the service by its name; inside a selector's quotes a quote is `~"`. */
const ofService = (job: string): string =>
  `:filter(in("dt.entity.service",entitySelector("type(service),entityName.equals(~"${job}~")")))`;

export function metricEvents(p: Parts): MetricEvent[] {
  const filter = ofService(p.job);
  return [
    ...objectivesOf(p.context).flatMap((o): MetricEvent[] => {
      const page = o.alerts.find((a) => a.long === '1h');
      if (!page) return [];
      const percentile = o.limit ? labelOf(o.limit.name) : '';
      return o.limit
        ? [
            {
              id: o.id,
              title: say`${name(p.app)}: ${percentile} above its target`,
              selector: say`builtin:service.response.time${filter}:percentile(${percentile.replace(/^p/, '')})`,
              threshold: digits(o.limit, 1000),
              above: true,
              description: say`Requests ${badWords(o)}. Runbook: first five minutes.`,
              type: 'SLOWDOWN',
            },
          ]
        : [
            {
              id: o.id,
              title: say`${name(p.app)}: too many requests fail`,
              selector: say`builtin:service.errors.server.rate${filter}:avg`,
              threshold: digits(page.threshold, 100),
              above: true,
              description: say`More than ${digits(page.threshold, 100)} % fail; ${digits(o.budget, 100, 4)} % may. Runbook: first five minutes.`,
              type: 'ERROR',
            },
          ];
    }),
    ...watchesOf(p).flatMap((w): MetricEvent[] =>
      w.dynatrace
        ? [
            {
              id: w.id,
              title: w.title,
              selector: w.dynatrace.selector,
              threshold: digits(w.threshold, w.dynatrace.scale, 6),
              above: w.above,
              description: say`${sentence(w.means)} Runbook: ${w.id}.`,
              type: 'RESOURCE',
            },
          ]
        : [],
    ),
  ];
}

const eventJson = (e: MetricEvent): Json => ({
  schemaId: 'builtin:anomaly-detection.metric-events',
  scope: 'environment',
  value: {
    enabled: true,
    summary: { text: e.title },
    queryDefinition: { type: 'METRIC_SELECTOR', metricSelector: { text: e.selector } },
    modelProperties: {
      type: 'STATIC_THRESHOLD',
      threshold: e.threshold,
      alertOnNoData: false,
      alertCondition: e.above ? 'ABOVE' : 'BELOW',
      violatingSamples: SAMPLES.violating,
      samples: SAMPLES.of,
      dealertingSamples: SAMPLES.back,
    },
    eventTemplate: {
      title: { text: e.title },
      description: { text: e.description },
      eventType: e.type,
      davisMerge: true,
      metadata: [],
    },
  },
});
