import type { Fault } from './fault.js';

export const missingIndex: Fault = {
  id: 'missing-index',
  title: 'index on the lines of orders lost',
  settings: { orderLinesIndex: false },
  deploy: {
    service: 'checkout-api',
    version: '4.14.0',
    message: 'chore(db): consolidate migrations',
    summary: 'Migrations of the last year folded into one baseline; the schema is meant to be the same.',
  },
  truth: { hypotheses: ['slow-statement'], subject: /order_lines|line_no/ },
  remedies: { 'add-index': { orderLinesIndex: true }, 'roll-back-change': { orderLinesIndex: true } },
};
