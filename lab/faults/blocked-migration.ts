import type { Fault } from './fault.js';

export const blockedMigration: Fault = {
  id: 'blocked-migration',
  title: 'a migration waits behind a report that left its transaction open',
  settings: { report: 'transaction-left-open' },
  deploy: {
    service: 'report-job',
    version: '2.4.0',
    message: 'feat(reports): revenue by hour',
    summary:
      'The report reads orders through a session of its own; a column for auditing is added meanwhile.',
  },
  truth: { hypotheses: ['lock-wait', 'long-transaction'] },
  remedies: {
    'shorten-transaction': { report: 'ended-at-once' },
    'reduce-lock-hold': { report: 'ended-at-once' },
    'roll-back-change': { report: 'none' },
  },
};
