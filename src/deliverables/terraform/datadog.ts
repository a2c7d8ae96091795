import { type DeliverableEntry, name, say } from '../../domain/index.js';
import { type DatadogMonitor, datadogMonitors } from '../alerts/datadog.js';
import { partsOf, usesTool } from '../parts.js';
import { type Block, block, expression, hclFile, head, resourceName } from './hcl.js';

export const DATADOG = { name: 'datadog', source: 'DataDog/datadog', version: '~> 3.40' };

/** The same monitors and dashboard as in the JSON files, for a team that keeps them in Terraform. */
export default {
  id: 'terraform/datadog',
  about: 'the Datadog monitors and the dashboard as Terraform',
  make(result, context) {
    if (!usesTool(context, 'datadog')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'terraform/datadog',
        path: 'terraform/datadog.tf',
        kind: 'alerts',
        stack: 'Datadog',
        language: 'hcl',
        title: say`Datadog monitors and dashboard of ${name(result.case.appName || context.app.name)} in Terraform, in place of the JSON`,
        use: say`DD_API_KEY="$DD_API_KEY" DD_APP_KEY="$DD_APP_KEY" terraform -chdir=terraform apply`,
        text: hclFile([
          ...head(DATADOG, []),
          ...datadogMonitors(parts).map(monitor),
          block(
            'resource',
            ['datadog_dashboard_json', 'service'],
            [['dashboard', expression(`file("\${path.module}/../dashboard/datadog.json")`)]],
          ),
        ]),
      },
    ];
  },
} satisfies DeliverableEntry;

const monitor = (m: DatadogMonitor): Block =>
  block(
    'resource',
    ['datadog_monitor', resourceName(m.id)],
    [
      ['name', { text: m.title }],
      ['type', 'query alert'],
      ['query', { text: m.query }],
      ['message', { text: m.message }],
      ['tags', m.tags],
      // The provider takes a priority as a text.
      ['priority', String(m.priority)],
      ['notify_no_data', false],
      ['require_full_window', false],
      ['include_tags', true],
      ['evaluation_delay', m.delayS],
      block('monitor_thresholds', [], [['critical', m.critical]]),
    ],
  );
