import type { Fault } from './fault.js';

export const shortTtl: Fault = {
  id: 'short-ttl',
  title: 'entries of the cache expire too soon',
  settings: { cacheTtlMs: 500 },
  deploy: {
    service: 'checkout-api',
    version: '4.13.2',
    message: 'config(cache): show price changes sooner',
    summary: 'Time to live of products and orders in Redis shortened.',
  },
  truth: { hypotheses: ['ttl-too-short', 'low-hit-ratio'] },
  remedies: {
    'raise-ttl-with-jitter': { cacheTtlMs: 3_600_000 },
    'roll-back-change': { cacheTtlMs: 3_600_000 },
  },
};
