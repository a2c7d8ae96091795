import type { Calm } from './fault.js';

/** Conditions in which nothing is wrong: no cause is to be named. */
export const CALM: readonly Calm[] = [
  { id: 'healthy', title: 'nothing is wrong', settings: {}, loadFactor: 1 },
  {
    id: 'noisy',
    title: 'nothing is wrong, on a machine with a neighbour that works in bursts',
    settings: { neighbour: 'bursts' },
    loadFactor: 1,
  },
  {
    id: 'surge',
    title: 'a quarter more traffic, within what the system carries',
    settings: {},
    loadFactor: 1.25,
  },
];
