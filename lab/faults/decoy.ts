import type { Fault } from './fault.js';

/** A deploy that changes nothing but a version, and comes last: whoever blames the latest change blames this one. */
export const DECOY: Fault['deploy'] = {
  service: 'tax-service',
  version: '1.8.1',
  message: 'chore(deps): patch release of the logging library',
  summary: 'tax-service rebuilt with the patched logging library.',
};
