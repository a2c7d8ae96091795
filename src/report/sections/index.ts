import type { Lookup, Section } from '../page.js';
import { scenario } from './01-scenario.js';
import { measurement } from './02-measurement.js';
import { bottlenecks } from './03-bottlenecks.js';
import { optimisations } from './04-optimisations.js';
import { caching } from './05-caching.js';
import { database } from './06-database.js';
import { codeLevel } from './07-code.js';
import { harness } from './08-harness.js';
import { monitoring } from './09-monitoring.js';
import { capacity } from './10-capacity.js';

const SECTIONS: readonly ((look: Lookup) => Section)[] = [
  scenario,
  measurement,
  bottlenecks,
  optimisations,
  caching,
  database,
  codeLevel,
  harness,
  monitoring,
  capacity,
];

/** The ten sections, in order. */
export const sectionsOf = (look: Lookup): Section[] => SECTIONS.map((section) => section(look));
