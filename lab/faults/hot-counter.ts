import type { Fault } from './fault.js';

export const hotCounter: Fault = {
  id: 'hot-counter',
  title: 'one row of totals locked for the whole transaction',
  settings: { dayTotal: 'first' },
  deploy: {
    service: 'checkout-api',
    version: '4.14.1',
    message: 'feat(reporting): totals of the day at once',
    summary: 'Each order counts into the totals of the day.',
  },
  truth: { hypotheses: ['lock-wait', 'long-transaction'] },
  remedies: {
    'reduce-lock-hold': { dayTotal: 'last' },
    'shorten-transaction': { dayTotal: 'last' },
    'roll-back-change': { dayTotal: 'none' },
  },
};
