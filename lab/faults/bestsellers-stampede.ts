import type { Fault } from './fault.js';

export const bestsellersStampede: Fault = {
  id: 'bestsellers-stampede',
  title: 'every request that misses the list of bestsellers makes it anew',
  settings: { bestsellers: 'each-miss' },
  deploy: {
    service: 'checkout-api',
    version: '4.15.0',
    message: 'feat(catalogue): bestsellers beside each product',
    summary: 'Product pages show what sells best, from the cache, renewed every second.',
  },
  truth: { hypotheses: ['stampede', 'slow-statement', 'ttl-too-short'] },
  remedies: {
    'single-flight': { bestsellers: 'single-flight' },
    'roll-back-change': { bestsellers: 'none' },
  },
};
