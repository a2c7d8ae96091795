import type { Fault } from './fault.js';

export const dyingDependency: Fault = {
  id: 'dying-dependency',
  title: 'quotes that never come, and a client that waits for them',
  settings: { taxHangs: 0.06, taxTimeoutMs: 1_500, taxFallback: true },
  deploy: {
    service: 'tax-service',
    version: '1.9.0',
    message: 'chore(infra): move quotes to the new balancer',
    summary: 'Quotes go over the new load balancer.',
  },
  truth: { hypotheses: ['missing-timeout', 'slow-dependency'], subject: /tax/ },
  remedies: {
    'timeout-and-breaker': { taxTimeoutMs: 150, taxFallback: true },
    bulkhead: { taxTimeoutMs: 150, taxFallback: true },
  },
};
