import type { Fault } from './fault.js';

export const retryStorm: Fault = {
  id: 'retry-storm',
  title: 'refused quotes asked for again at once, many times',
  settings: { taxFails: 0.45, taxRetries: 6 },
  deploy: {
    service: 'checkout-api',
    version: '4.17.1',
    message: 'fix(tax): do not lose orders when a quote fails',
    summary: 'A quote that fails is asked for again.',
  },
  truth: { hypotheses: ['retry-amplification', 'slow-dependency'], subject: /tax/ },
  remedies: {
    'retry-budget': { taxRetries: 1, taxFallback: true },
    'timeout-and-breaker': { taxRetries: 0, taxFallback: true, taxTimeoutMs: 150 },
  },
};
