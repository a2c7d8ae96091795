import type { Fault } from './fault.js';

export const lazyOrderLines: Fault = {
  id: 'lazy-order-lines',
  title: 'order lines loaded one by one (N+1)',
  settings: { orderLines: 'one-by-one' },
  deploy: {
    service: 'checkout-api',
    version: '4.12.0',
    message: 'chore(deps): move to the new major version of the ORM',
    summary:
      'Entities are mapped by the new ORM; relations follow its defaults. No change of behaviour intended.',
  },
  truth: { hypotheses: ['n-plus-one'], subject: /line_no|order_lines/ },
  remedies: {
    'batch-statements': { orderLines: 'together' },
    'roll-back-change': { orderLines: 'together' },
  },
};
