import { stringify } from 'yaml';
import type { SloPlan } from './plan.js';

/**
 * An Alertmanager configuration for the alerts of promises: pages at once and again every hour, tickets once a day; one
 * notification a promise. A page silences the ticket of the same promise. Receivers are named and left for the user to fill.
 */
export function alertmanagerConfig(plans: readonly SloPlan[]): string {
  const severities = [
    { severity: 'page', wait: '15s', again: '1h' },
    { severity: 'ticket', wait: '5m', again: '1d' },
  ];
  const services = [...new Set(plans.map((p) => p.spec.service))].sort();
  return `# Fill in the receivers; check with: amtool check-config alertmanager.yml
${stringify(
  {
    route: {
      receiver: 'ticket',
      group_by: ['slo', 'service'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '12h',
      routes: severities.map((s) => ({
        matchers: [`severity="${s.severity}"`, 'slo!=""'],
        receiver: s.severity,
        group_by: ['slo', 'service'],
        group_wait: s.wait,
        repeat_interval: s.again,
      })),
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="page"', 'slo!=""'],
        target_matchers: ['severity="ticket"'],
        equal: ['slo'],
      },
    ],
    receivers: severities.map((s) => ({ name: s.severity })),
  },
  { lineWidth: 0, aliasDuplicateObjects: false },
)}# Services with promises here: ${services.join(', ').replace(/[^\w ,.-]+/g, ' ')}
`;
}
