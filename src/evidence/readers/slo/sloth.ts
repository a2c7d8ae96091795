import { texts } from '../yaml-file.js';
import { listAt, type Node, objectiveAt, optionalText, queryAt, textAt, wrong } from './node.js';
import { type AlertChoice, EXCLUDE_KEY, type Indicator, type SloSpec, sloId } from './spec.js';

const MONTH_S = 30 * 86_400;

export const isSloth = (value: Record<string, unknown>): boolean =>
  String(value.version ?? '').startsWith('prometheus/') ||
  String(value.apiVersion ?? '').startsWith('sloth.slok.dev/');

/** Reads a Sloth file: `version: prometheus/v1`, or the Kubernetes resource PrometheusServiceLevel. Throws `FileError`. */
export function readSloth(doc: Node): SloSpec[] {
  const kubernetes = doc.get('apiVersion').value !== undefined;
  if (!kubernetes && doc.get('version').value !== 'prometheus/v1')
    throw wrong(
      doc.get('version'),
      `is ${String(doc.get('version').value)}`,
      'Write version: prometheus/v1.',
    );
  const root = kubernetes ? doc.get('spec') : doc;
  const service = textAt(root.get('service'), 'Name the service that promises.');
  const shared = texts(root.get('labels').value);
  return listAt(root.get('slos'), 'List at least one promise.').map((slo): SloSpec => {
    const name = textAt(slo.get('name'), 'Name the promise.');
    const alerting = slo.get('alerting');
    const annotations = texts(alerting.get('annotations').value);
    const choice = (key: string): AlertChoice => {
      const own = alerting.get(key);
      return {
        disabled: own.get('disable').value === true,
        labels: { ...texts(alerting.get('labels').value), ...texts(own.get('labels').value) },
        annotations: { ...annotations, ...texts(own.get('annotations').value) },
      };
    };
    const labels = { ...shared, ...texts(slo.get('labels').value) };
    return {
      id: sloId(service, name),
      name,
      service,
      description: optionalText(slo.get('description')),
      objective: objectiveAt(slo.get('objective'), 100),
      indicator: indicator(slo.get('sli'), kubernetes),
      budgeting: { method: 'occurrences' },
      period: { kind: 'rolling', seconds: MONTH_S },
      labels: Object.fromEntries(Object.entries(labels).filter(([k]) => k !== EXCLUDE_KEY)),
      annotations,
      alertName: optionalText(alerting.get('name')),
      page: choice(kubernetes ? 'pageAlert' : 'page_alert'),
      ticket: choice(kubernetes ? 'ticketAlert' : 'ticket_alert'),
      asked: [],
      exclude: annotations[EXCLUDE_KEY] ?? labels[EXCLUDE_KEY],
      notes: [],
      line: slo.line,
    };
  });
}

function indicator(sli: Node, kubernetes: boolean): Indicator {
  const [error, total, ratio] = kubernetes
    ? (['errorQuery', 'totalQuery', 'errorRatioQuery'] as const)
    : (['error_query', 'total_query', 'error_ratio_query'] as const);
  const events = sli.get('events');
  const raw = sli.get('raw');
  if (events.value !== undefined)
    return {
      kind: 'events',
      bad: queryAt(events.get(error), 'Give the rate of bad events over {{.window}}.'),
      total: queryAt(events.get(total), 'Give the rate of all events over {{.window}}.'),
    };
  if (raw.value !== undefined)
    return {
      kind: 'ratio',
      of: 'bad',
      query: queryAt(raw.get(ratio), 'Give the share of bad events over {{.window}}.'),
    };
  if (sli.get('plugin').value !== undefined)
    throw wrong(sli.get('plugin'), 'runs code of its own', 'Write out its queries as events.');
  throw wrong(sli, 'has neither events nor raw', 'Give events with error_query and total_query.');
}
