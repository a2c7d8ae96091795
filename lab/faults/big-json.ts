import type { Fault } from './fault.js';

export const bigJson: Fault = {
  id: 'big-json',
  title: 'a large document parsed for every checkout',
  settings: { exchangeRates: 'parsed-each-time' },
  deploy: {
    service: 'checkout-api',
    version: '4.16.2',
    message: 'feat(prices): exchange rates of the day',
    summary: 'Prices are converted by the rates of the day.',
  },
  truth: { hypotheses: ['event-loop-blocked', 'inefficient-code', 'oversized-payload'] },
  remedies: {
    'reduce-cpu-per-request': { exchangeRates: 'kept' },
    'move-cpu-off-request-path': { exchangeRates: 'kept' },
    'shrink-payload': { exchangeRates: 'kept' },
    'roll-back-change': { exchangeRates: 'none' },
  },
};
