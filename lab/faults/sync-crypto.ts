import type { Fault } from './fault.js';

export const syncCrypto: Fault = {
  id: 'sync-crypto',
  title: 'receipts signed on the event loop',
  settings: { receiptSignature: 'on-the-loop' },
  deploy: {
    service: 'checkout-api',
    version: '4.16.0',
    message: 'feat(receipts): sign each receipt',
    summary: 'Each receipt carries a signature by a key derived from it.',
  },
  truth: { hypotheses: ['event-loop-blocked', 'inefficient-code'] },
  remedies: {
    'move-cpu-off-request-path': { receiptSignature: 'in-threads' },
    'reduce-cpu-per-request': { receiptSignature: 'in-threads' },
    'roll-back-change': { receiptSignature: 'none' },
  },
};
