import type { Fault } from './fault.js';

export const plainTariff: Fault = {
  id: 'plain-tariff',
  title: 'a large answer fetched without compression over a wide area network',
  settings: { tariff: 'plain' },
  deploy: {
    service: 'checkout-api',
    version: '4.17.2',
    message: 'feat(tax): tariff of the cart',
    summary: 'The tariff is read for the goods of each cart.',
  },
  truth: { hypotheses: ['oversized-payload', 'new-dependency-call'] },
  remedies: {
    'shrink-payload': { tariff: 'compressed' },
    'take-call-off-path': { tariff: 'none' },
    'roll-back-change': { tariff: 'none' },
  },
};
