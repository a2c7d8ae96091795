import type { Fault } from './fault.js';

export const oneWarehouse: Fault = {
  id: 'one-warehouse',
  title: 'every order takes its stock from the same rows',
  settings: { stockFrom: 'one-warehouse' },
  deploy: {
    service: 'checkout-api',
    version: '4.14.2',
    message: 'feat(stock): ship from the central warehouse',
    summary: 'Stock is taken from the central warehouse for every customer.',
  },
  truth: { hypotheses: ['hot-partition', 'lock-wait', 'hot-row'] },
  remedies: {
    'spread-hot-partition': { stockFrom: 'own-warehouse' },
    'reduce-lock-hold': { stockFrom: 'own-warehouse' },
    'roll-back-change': { stockFrom: 'own-warehouse' },
  },
};
