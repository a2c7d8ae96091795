import { quotaMissing } from '../topology/cpu-quota.js';
import type { Fault } from './fault.js';

export const cpuQuota: Fault = {
  id: 'cpu-quota',
  title: 'processor time of the service limited below what it needs',
  settings: { cpuQuotaCores: 0.42 },
  deploy: {
    service: 'checkout-api',
    version: '4.18.0',
    message: 'chore(infra): limits for every container',
    summary: 'Every container has a limit of processor time.',
  },
  truth: { hypotheses: ['cpu-throttling'] },
  remedies: { 'raise-cpu-quota': { cpuQuotaCores: 0 }, 'roll-back-change': { cpuQuotaCores: 0 } },
  missing: quotaMissing,
};
