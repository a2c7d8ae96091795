import { name, paragraph, say } from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { componentsOf, named } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { designPieces, designsOf } from '../parts/designs.js';
import { readingPieces, readingsOf } from '../parts/readings.js';

/** Caches, time to live, eviction, queues: what the numbers say and the design that follows. */
export function caching(look: Lookup): Section {
  const pieces: Piece[] = [
    ...readingPieces(readingsOf(look, ['cache', 'queue'])),
    ...designPieces(designsOf(look, 'caching')),
    ...(look.result.extras.caching ?? []),
    ...deliverablePieces(deliverablesOf(look, 'cache')),
  ];
  return {
    id: 'caching',
    title: 'Caching and queuing',
    pieces: pieces.length > 0 ? pieces : [paragraph(missing(look))],
  };
}

function missing(look: Lookup) {
  const parts = componentsOf(look, 'cache', 'queue', 'cdn');
  const app = name(look.result.case.appName || 'the system');
  return parts.length > 0
    ? say`${named(parts, '')} of ${app}: no hit ratio, eviction rate, queue depth or age was given or measured; these, and the share of reads, would give times to live and queue limits.`
    : say`${app} names no cache, queue or CDN; the share of reads that repeat, and how old an answer may be, would say whether one pays.`;
}
