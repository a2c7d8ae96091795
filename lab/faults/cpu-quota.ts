import { quotaMissing } from '../topology/cpu-quota.js';
import type { Fault } from './fault.js';

export const cpuQuota: Fault = {
  id: 'cpu-quota',
  title: 'processor time of the service limited below what it needs',
  settings: { cpuQuota: 1.15 },
  deploy: {
    service: 'checkout-api',
    version: '4.18.0',
    message: 'chore(infra): limits for every container',
    summary: 'Every container has a limit of processor time.',
  },
  truth: { hypotheses: ['cpu-throttling'] },
  remedies: { 'raise-cpu-quota': { cpuQuota: 0 }, 'roll-back-change': { cpuQuota: 0 } },
  missing: quotaMissing,
};
