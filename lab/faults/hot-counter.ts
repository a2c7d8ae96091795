import type { Fault } from './fault.js';

export const hotCounter: Fault = {
  id: 'hot-counter',
  title: 'one row of totals locked for the whole transaction',
  settings: { dayTotal: 'first', taxQuote: 'in-transaction' },
  deploy: {
    service: 'checkout-api',
    version: '4.14.1',
    message: 'feat(reporting): totals of the day at once',
    summary: 'Each order counts into the totals of the day; the tax is settled in the same transaction.',
  },
  truth: { hypotheses: ['lock-wait', 'long-transaction'] },
  remedies: {
    'reduce-lock-hold': { dayTotal: 'last' },
    'shorten-transaction': { taxQuote: 'before' },
    'roll-back-change': { dayTotal: 'none', taxQuote: 'before' },
  },
};
