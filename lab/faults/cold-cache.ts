import type { Fault } from './fault.js';

export const coldCache: Fault = {
  id: 'cold-cache',
  title: 'a deploy starts with an empty cache',
  settings: { cacheWarmed: false },
  deploy: {
    service: 'checkout-api',
    version: '4.15.2',
    message: 'chore(cache): new layout of cached entries',
    summary: 'Entries of the cache carry the version of their layout in their names.',
  },
  truth: { hypotheses: ['cold-cache', 'low-hit-ratio'] },
  remedies: { 'prewarm-cache': { cacheWarmed: true }, 'roll-back-change': { cacheWarmed: true } },
};
