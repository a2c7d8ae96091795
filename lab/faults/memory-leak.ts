import type { Fault } from './fault.js';

export const memoryLeak: Fault = {
  id: 'memory-leak',
  title: 'every request is remembered for ever',
  settings: { visitHistory: 'everything' },
  deploy: {
    service: 'checkout-api',
    version: '4.16.3',
    message: 'feat(support): history of visits',
    summary: 'Support can see what a customer did before a problem.',
  },
  truth: { hypotheses: ['memory-leak', 'gc-pressure'] },
  remedies: {
    'fix-leak': { visitHistory: 'latest' },
    'tune-collector': { visitHistory: 'latest' },
    'reduce-cpu-per-request': { visitHistory: 'latest' },
    'roll-back-change': { visitHistory: 'none' },
  },
};
