import type { Fault } from './fault.js';

export const auditOnPath: Fault = {
  id: 'audit-on-path',
  title: 'audit records written before each answer',
  settings: { auditLog: 'each-step' },
  deploy: {
    service: 'checkout-api',
    version: '4.16.4',
    message: 'feat(audit): every step on record',
    summary: 'Each step of a request is written to the audit log.',
  },
  truth: { hypotheses: ['logging-hot-path', 'event-loop-blocked'] },
  remedies: {
    'log-asynchronously': { auditLog: 'in-background' },
    'reduce-cpu-per-request': { auditLog: 'in-background' },
    'move-cpu-off-request-path': { auditLog: 'in-background' },
    'roll-back-change': { auditLog: 'none' },
  },
};
