import type { Fault } from './fault.js';

export const oneWarehouse: Fault = {
  id: 'one-warehouse',
  title: 'every order takes its stock from the same rows',
  settings: { stockFrom: 'one-warehouse', taxQuote: 'in-transaction' },
  deploy: {
    service: 'checkout-api',
    version: '4.14.2',
    message: 'feat(stock): ship from the central warehouse',
    summary: 'Stock is taken from the central warehouse for every customer, before the price is settled.',
  },
  truth: { hypotheses: ['hot-partition', 'lock-wait', 'long-transaction'] },
  remedies: {
    'spread-hot-partition': { stockFrom: 'own-warehouse' },
    'reduce-lock-hold': { taxQuote: 'before' },
    'shorten-transaction': { taxQuote: 'before' },
    'roll-back-change': { stockFrom: 'own-warehouse', taxQuote: 'before' },
  },
};
