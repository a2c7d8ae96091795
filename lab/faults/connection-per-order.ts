import type { Fault } from './fault.js';

export const connectionPerOrder: Fault = {
  id: 'connection-per-order',
  title: 'a connection set up for every order',
  settings: { writerConnections: 'per-order' },
  deploy: {
    service: 'checkout-api',
    version: '4.17.3',
    message: 'refactor(db): one client an order',
    summary: 'Each order writes over a client of its own, so that sessions do not mix.',
  },
  truth: { hypotheses: ['connection-setup'] },
  remedies: {
    'keep-connections-open': { writerConnections: 'pooled' },
    'connection-pooler': { writerConnections: 'pooled' },
    'size-pool': { writerConnections: 'pooled' },
    'roll-back-change': { writerConnections: 'pooled' },
  },
};
