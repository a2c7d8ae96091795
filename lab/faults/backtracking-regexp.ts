import type { Fault } from './fault.js';

export const backtrackingRegexp: Fault = {
  id: 'backtracking-regexp',
  title: 'a regular expression that backtracks without end',
  settings: { noteCheck: 'backtracking' },
  deploy: {
    service: 'checkout-api',
    version: '4.16.1',
    message: 'fix(checkout): refuse notes with signs in them',
    summary: 'The note for the driver is checked to hold words only.',
  },
  truth: { hypotheses: ['event-loop-blocked', 'inefficient-code'] },
  remedies: {
    'reduce-cpu-per-request': { noteCheck: 'linear' },
    'move-cpu-off-request-path': { noteCheck: 'linear' },
    'roll-back-change': { noteCheck: 'none' },
  },
};
