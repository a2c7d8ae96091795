import type { Fault } from './fault.js';

export const dutiesAtOnce: Fault = {
  id: 'duties-at-once',
  title: 'a call an item, all at once, to a service that serves few at a time',
  settings: { duties: 'all-at-once' },
  deploy: {
    service: 'checkout-api',
    version: '4.17.0',
    message: 'feat(checkout): duties of each item',
    summary: 'Duties are asked for each item of the cart.',
  },
  truth: {
    hypotheses: ['unbounded-concurrency', 'new-dependency-call', 'n-plus-one'],
    subject: /tax|duties|checkout/,
  },
  remedies: {
    'limit-concurrency': { duties: 'one-call' },
    'batch-statements': { duties: 'one-call' },
    'take-call-off-path': { duties: 'none' },
    'roll-back-change': { duties: 'none' },
  },
};
