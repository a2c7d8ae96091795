import type { Suite } from '../main.js';
import { incidents } from './rca-incidents.js';

/** Every suite of `npm run bench`, in the order of the data's README. */
export const SUITES: readonly Suite[] = [incidents];
