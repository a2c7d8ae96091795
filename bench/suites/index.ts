import type { Suite } from '../main.js';

/** Every suite of `npm run bench`, in the order of the data's README. */
export const SUITES: readonly Suite[] = [];
