import type { Fault } from './fault.js';

export const stockJob: Fault = {
  id: 'stock-job',
  title: 'a job renumbers stock in one transaction beside the checkouts',
  settings: { stockJob: 'one-transaction' },
  deploy: {
    service: 'stock-job',
    version: '1.2.0',
    message: 'feat(stock): counts brought up to date during the day',
    summary: 'The nightly count of stock runs every few seconds now.',
  },
  truth: { hypotheses: ['batch-contention', 'lock-wait', 'long-transaction'] },
  remedies: {
    'batch-writes': { stockJob: 'small-transactions' },
    'reduce-lock-hold': { stockJob: 'small-transactions' },
    'shorten-transaction': { stockJob: 'small-transactions' },
    'isolate-workload': { stockJob: 'none' },
    'roll-back-change': { stockJob: 'none' },
  },
};
