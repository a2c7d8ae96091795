import type { Fault } from './fault.js';

export const bigKey: Fault = {
  id: 'big-key',
  title: 'a set of many members read whole from the cache',
  settings: { recentlyViewed: 'whole-set' },
  deploy: {
    service: 'checkout-api',
    version: '4.15.1',
    message: 'feat(catalogue): who looked at this',
    summary: 'Product pages show a few customers who looked at products lately.',
  },
  truth: { hypotheses: ['slow-cache-command'] },
  remedies: {
    'replace-slow-command': { recentlyViewed: 'sample' },
    'near-cache': { recentlyViewed: 'sample' },
    'roll-back-change': { recentlyViewed: 'none' },
  },
};
