import type { Fault } from './fault.js';

export const smallPool: Fault = {
  id: 'small-pool',
  title: 'pool of connections to the primary too small',
  settings: { writerPoolMax: 1 },
  deploy: {
    service: 'checkout-api',
    version: '4.13.1',
    message: 'config(db): fewer connections to the primary from each process',
    summary: 'Pool size of the primary reduced so that more instances fit under max_connections.',
  },
  truth: { hypotheses: ['pool-exhausted'] },
  remedies: { 'size-pool': { writerPoolMax: 12 }, 'roll-back-change': { writerPoolMax: 12 } },
};
