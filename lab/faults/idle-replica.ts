import { quotaMissing } from '../topology/cpu-quota.js';
import type { Fault } from './fault.js';

/** Prices and orders are kept for a moment only, as where they have to be true: the database is read all the time. */
const SHORT_LIVED = { cacheTtlMs: 500, primaryQuota: 5 } as const;

export const idleReplica: Fault = {
  id: 'idle-replica',
  title: 'reads moved to a primary that is at its limit, beside an idle replica',
  base: { ...SHORT_LIVED, replica: 'serving' },
  settings: { ...SHORT_LIVED, replica: 'idle' },
  deploy: {
    service: 'checkout-api',
    version: '4.19.0',
    message: 'refactor(db): one connection string',
    summary: 'Orders and products are read through the same endpoint as everything else.',
  },
  truth: { hypotheses: ['replica-unused', 'cpu-throttling', 'cpu-saturation'], subject: /postgres/i },
  remedies: {
    'route-reads-to-replica': { replica: 'serving' },
    'raise-cpu-quota': { primaryQuota: 0 },
    'roll-back-change': { replica: 'serving' },
  },
  missing: quotaMissing,
};
