import { constant } from '../../domain/index.js';

const MANUAL = 'PostgreSQL documentation, psql, Variables: ON_ERROR_STOP';

/** A script of changes ends at its first error. */
export const STOP_AT_ERRORS = constant('psql.stopAtErrors', 1, 'none', MANUAL, '2025-05-08');

/** A script of questions goes on after one that an older server does not know. */
export const PASS_ERRORS = constant('psql.passErrors', 0, 'none', MANUAL, '2025-05-08');
