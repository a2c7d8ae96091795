import { constant } from '../../domain/index.js';

/** Where a script sends its load until BASE_URL is set: nothing but the machine itself can be loaded by mistake. */
export const PORT = constant('load.port', 8080, 'none', 'IANA: http-alt, the usual port of a local service');

/** RATE and TIME, the shares of the rate and of the length that a run takes. */
export const FULL_SCALE = constant('load.scale', 1, 'none', 'Method: the load as it was asked for');
export const SMOKE_SCALE = constant(
  'load.smoke',
  0.01,
  'none',
  'Method: a hundredth shows whether a script works and loads nothing',
);
