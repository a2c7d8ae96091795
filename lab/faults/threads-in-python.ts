import { pythonMissing } from '../topology/missing.js';
import type { Fault } from './fault.js';

export const threadsInPython: Fault = {
  id: 'threads-in-python',
  title: 'risk scored in threads of one Python process, one of which runs at a time',
  base: { riskCheck: 'processes' },
  settings: { riskCheck: 'threads' },
  deploy: {
    service: 'risk-service',
    version: '1.3.0',
    message: 'perf(memory): score in threads',
    summary:
      'Scores are worked out in threads of the server instead of in worker processes, which need memory each.',
  },
  truth: { hypotheses: ['in-process-lock', 'slow-dependency'], subject: /risk/ },
  remedies: {
    'scale-out-service': { riskCheck: 'processes' },
    'move-cpu-off-request-path': { riskCheck: 'processes' },
    'roll-back-change': { riskCheck: 'processes' },
  },
  missing: pythonMissing,
};
