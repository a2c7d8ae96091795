import { type DeliverableEntry, name, say } from '../../domain/index.js';
import { type MetricEvent, metricEvents, SAMPLES } from '../alerts/dynatrace.js';
import { partsOf, usesTool } from '../parts.js';
import { type Block, block, expression, hclFile, head, resourceName } from './hcl.js';

export const DYNATRACE = { name: 'dynatrace', source: 'dynatrace-oss/dynatrace', version: '~> 1.70' };

/** The same metric events and dashboard as in the JSON files, for a team that keeps them in Terraform. */
export default {
  id: 'terraform/dynatrace',
  about: 'the Dynatrace metric events and the dashboard as Terraform',
  make(result, context) {
    if (!usesTool(context, 'dynatrace')) return [];
    const parts = partsOf(result, context);
    const title = say`${name(parts.app)}: requests, budget, causes`;
    return [
      {
        id: 'terraform/dynatrace',
        path: 'terraform/dynatrace.tf',
        kind: 'alerts',
        stack: 'Dynatrace',
        language: 'hcl',
        title: say`Dynatrace metric events and dashboard of ${name(result.case.appName || context.app.name)} in Terraform, in place of the JSON`,
        use: say`DYNATRACE_ENV_URL="$DT_URL" DYNATRACE_API_TOKEN="$DT_TOKEN" terraform -chdir=terraform apply`,
        text: hclFile([
          ...head(DYNATRACE, []),
          ...metricEvents(parts).map(event),
          block(
            'resource',
            ['dynatrace_document', 'service'],
            [
              ['type', 'dashboard'],
              ['name', { text: title }],
              ['private', false],
              ['content', expression(`file("\${path.module}/../dashboard/dynatrace.json")`)],
            ],
          ),
        ]),
      },
    ];
  },
} satisfies DeliverableEntry;

const event = (e: MetricEvent): Block =>
  block(
    'resource',
    ['dynatrace_metric_events', resourceName(e.id)],
    [
      ['enabled', true],
      ['summary', { text: e.title }],
      block(
        'query_definition',
        [],
        [
          ['type', 'METRIC_SELECTOR'],
          ['metric_selector', { text: e.selector }],
        ],
      ),
      block(
        'model_properties',
        [],
        [
          ['type', 'STATIC_THRESHOLD'],
          ['threshold', e.threshold],
          ['alert_condition', e.above ? 'ABOVE' : 'BELOW'],
          ['alert_on_no_data', false],
          ['violating_samples', SAMPLES.violating],
          ['samples', SAMPLES.of],
          ['dealerting_samples', SAMPLES.back],
        ],
      ),
      block(
        'event_template',
        [],
        [
          ['title', { text: e.title }],
          ['description', { text: e.description }],
          ['event_type', e.type],
          ['davis_merge', true],
        ],
      ),
    ],
  );
