import type { Fault } from './fault.js';

export const noisyNeighbour: Fault = {
  id: 'noisy-neighbour',
  title: 'another tenant keeps the processors busy',
  settings: { neighbour: 'hog' },
  deploy: {
    service: 'batch-runner',
    version: '3.1.0',
    message: 'chore(infra): place batch work on free nodes',
    summary: 'Batch work is placed where there is room.',
  },
  truth: { hypotheses: ['noisy-neighbour', 'cpu-saturation'] },
  remedies: {
    'move-off-shared-host': { neighbour: 'none' },
    'isolate-workload': { neighbour: 'none' },
    'roll-back-change': { neighbour: 'none' },
  },
};
