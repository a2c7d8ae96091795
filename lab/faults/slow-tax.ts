import type { Fault } from './fault.js';

export const slowTax: Fault = {
  id: 'slow-tax',
  title: 'the tax service takes six times as long',
  settings: { taxMedianMs: 84, taxFallback: true },
  deploy: {
    service: 'tax-service',
    version: '1.9.1',
    message: 'feat(quotes): more exact local rates',
    summary: 'Local rates are looked up in the register of each county.',
  },
  truth: { hypotheses: ['slow-dependency'], subject: /tax/ },
  remedies: {
    'timeout-and-breaker': { taxTimeoutMs: 60 },
    'cache-reads': { taxMedianMs: 14 },
    'roll-back-change': { taxMedianMs: 14 },
  },
};
