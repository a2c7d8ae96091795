import { plain } from '../../domain/index.js';
import { DATADOG } from '../terraform/datadog.js';
import { DYNATRACE } from '../terraform/dynatrace.js';
import { type Block, block, expression, hclFile, head, resourceName } from '../terraform/hcl.js';
import { NEW_RELIC } from '../terraform/newrelic.js';
import type { SloPlan } from './plan.js';
import { datadog, dynatrace, newRelic } from './vendors.js';

/** The vendors' objects of promises as Terraform, by file name: none for a vendor that can say none of them. */
export function terraformFiles(plans: readonly SloPlan[]): Map<string, string> {
  const files: [string, Block[]][] = [
    ['datadog.tf', datadogBlocks(plans)],
    ['newrelic.tf', newRelicBlocks(plans)],
    ['dynatrace.tf', dynatraceBlocks(plans)],
  ];
  return new Map(
    files.flatMap(([name, blocks]) => (blocks.length > 0 ? [[name, plain(hclFile(blocks))]] : [])),
  );
}

/** Names of resources; a number is added where two names would be one. */
function namer(): (text: string) => string {
  const seen = new Map<string, number>();
  return (text) => {
    const name = resourceName(text);
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n === 1 ? name : `${name}_${n}`;
  };
}

/** The SLO gets its id when it is made: Terraform puts it into the queries of its monitors. */
function datadogBlocks(plans: readonly SloPlan[]): Block[] {
  const named = namer();
  const made = datadog(plans).json.flatMap(({ slo, monitors }): Block[] => {
    const id = named(slo.tags.find((t) => t.startsWith('slo:'))?.slice(4) ?? slo.name);
    return [
      block(
        'resource',
        ['datadog_service_level_objective', id],
        [
          ['name', slo.name],
          ['type', slo.type],
          ['description', slo.description],
          ['tags', slo.tags],
          block('query', [], Object.entries(slo.query)),
          ...slo.thresholds.map((t) => block('thresholds', [], Object.entries(t))),
        ],
      ),
      ...monitors.map((m) =>
        block(
          'resource',
          ['datadog_monitor', named(`${id} ${/long_window\("(\w+)"\)/.exec(m.query)?.[1] ?? ''}`)],
          [
            ['name', m.name],
            ['type', m.type],
            [
              'query',
              expression(
                JSON.stringify(m.query).replace('SLO_ID', `\${datadog_service_level_objective.${id}.id}`),
              ),
            ],
            ['message', m.message],
            ['tags', m.tags],
            ['priority', String(m.priority)],
            ['include_tags', m.options.include_tags],
            block('monitor_thresholds', [], Object.entries(m.options.thresholds)),
          ],
        ),
      ),
    ];
  });
  return made.length > 0 ? [...head(DATADOG, []), ...made] : [];
}

function newRelicBlocks(plans: readonly SloPlan[]): Block[] {
  const named = namer();
  const account = expression('var.newrelic_account');
  const made = newRelic(plans).json.map((c) =>
    block(
      'resource',
      ['newrelic_nrql_alert_condition', named(c.description.replace(/^.*#/, ''))],
      [
        ['account_id', account],
        ['policy_id', expression('newrelic_alert_policy.promises.id')],
        ['type', 'static'],
        ['name', c.name],
        ['description', c.description],
        ['enabled', c.enabled],
        ['violation_time_limit_seconds', c.violationTimeLimitSeconds],
        ['aggregation_window', c.signal.aggregationWindow],
        ['slide_by', c.signal.slideBy],
        ['aggregation_method', 'event_flow'],
        ['aggregation_delay', String(c.signal.aggregationDelay)],
        ['expiration_duration', c.expiration.expirationDuration],
        ['open_violation_on_expiration', c.expiration.openViolationOnExpiration],
        ['close_violations_on_expiration', c.expiration.closeViolationsOnExpiration],
        block('nrql', [], [['query', c.nrql.query]]),
        ...c.terms.map((t) =>
          block(
            t.priority.toLowerCase(),
            [],
            [
              ['operator', t.operator.toLowerCase()],
              ['threshold', t.threshold],
              ['threshold_duration', t.thresholdDuration],
              ['threshold_occurrences', t.thresholdOccurrences.toLowerCase()],
            ],
          ),
        ),
      ],
    ),
  );
  if (made.length === 0) return [];
  return [
    ...head(NEW_RELIC, [
      { name: 'newrelic_account', type: 'number', about: 'The account that the data is in' },
    ]),
    block(
      'resource',
      ['newrelic_alert_policy', 'promises'],
      [
        ['account_id', account],
        ['name', 'Promises'],
        ['incident_preference', 'PER_CONDITION'],
      ],
    ),
    ...made,
  ];
}

function dynatraceBlocks(plans: readonly SloPlan[]): Block[] {
  const named = namer();
  const made = dynatrace(plans).json.map(({ value: v }) =>
    block(
      'resource',
      ['dynatrace_slo_v2', named(v.metricName)],
      [
        ['enabled', v.enabled],
        ['name', v.name],
        ['metric_name', v.metricName],
        ['metric_expression', v.metricExpression],
        ['evaluation_type', v.evaluationType],
        ['evaluation_window', v.evaluationWindow],
        ['filter', v.filter],
        ['target_success', v.targetSuccess],
        ['target_warning', v.targetWarning],
        block(
          'error_budget_burn_rate',
          [],
          [
            ['burn_rate_visualization_enabled', v.errorBudgetBurnRate.burnRateVisualizationEnabled],
            ['fast_burn_threshold', v.errorBudgetBurnRate.fastBurnThreshold],
          ],
        ),
      ],
    ),
  );
  return made.length > 0 ? [...head(DYNATRACE, []), ...made] : [];
}
