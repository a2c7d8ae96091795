import { type DeliverableEntry, name, say } from '../../domain/index.js';
import { type NrqlCondition, nrqlConditions, SIGNAL } from '../alerts/newrelic.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { type Block, block, expression, hclFile, head, resourceName } from './hcl.js';

export const NEW_RELIC = { name: 'newrelic', source: 'newrelic/newrelic', version: '~> 3.50' };

/** The same conditions and dashboard as in the JSON files, for a team that keeps them in Terraform. */
export default {
  id: 'terraform/newrelic',
  about: 'the New Relic conditions and the dashboard as Terraform',
  make(result, context) {
    if (!usesTool(context, 'new-relic')) return [];
    return [
      {
        id: 'terraform/newrelic',
        path: 'terraform/newrelic.tf',
        kind: 'alerts',
        stack: 'New Relic',
        language: 'hcl',
        title: say`New Relic conditions and dashboard of ${name(result.case.appName || context.app.name)} in Terraform, in place of the JSON`,
        use: say`NEW_RELIC_API_KEY="$NR_KEY" terraform -chdir=terraform apply -var newrelic_account="$NR_ACCOUNT"`,
        text: hclFile(blocks(partsOf(result, context))),
      },
    ];
  },
} satisfies DeliverableEntry;

const blocks = (p: Parts): Block[] => [
  ...head(NEW_RELIC, [
    { name: 'newrelic_account', type: 'number', about: 'The account that the data is in' },
  ]),
  block(
    'resource',
    ['newrelic_alert_policy', 'service'],
    [
      ['name', { text: say`${name(p.app)}: made by Kneepoint` }],
      ['incident_preference', 'PER_CONDITION'],
      ['account_id', expression('var.newrelic_account')],
    ],
  ),
  ...nrqlConditions(p).map(condition),
  block(
    'resource',
    ['newrelic_one_dashboard_json', 'service'],
    [
      ['account_id', expression('var.newrelic_account')],
      [
        'json',
        // The file names no account: each query is given one here.
        expression(
          `replace(file("\${path.module}/../dashboard/newrelic.json"), "\\"accountIds\\": []", "\\"accountIds\\": [\${var.newrelic_account}]")`,
        ),
      ],
    ],
  ),
];

const condition = (c: NrqlCondition): Block =>
  block(
    'resource',
    ['newrelic_nrql_alert_condition', resourceName(c.id)],
    [
      ['account_id', expression('var.newrelic_account')],
      ['policy_id', expression('newrelic_alert_policy.service.id')],
      ['type', 'static'],
      ['name', { text: c.title }],
      ['description', { text: c.description }],
      ['enabled', true],
      ['violation_time_limit_seconds', SIGNAL.limitS],
      ['aggregation_window', SIGNAL.windowS],
      ['aggregation_method', 'event_flow'],
      ['aggregation_delay', String(SIGNAL.delayS)],
      ['expiration_duration', SIGNAL.expiresS],
      ['open_violation_on_expiration', false],
      ['close_violations_on_expiration', true],
      block('nrql', [], [['query', { text: c.query }]]),
      block(
        'critical',
        [],
        [
          ['operator', c.above ? 'above' : 'below'],
          ['threshold', c.threshold],
          ['threshold_duration', c.durationS],
          ['threshold_occurrences', 'all'],
        ],
      ),
    ],
  );
