import { learnPrecedence } from '../../models/happens-before.js';
import { type WhatIf, whatIf } from '../../models/what-if.js';
import { changeOf, type Edit, nameOfSpan } from './edits.js';
import type { TraceStudy } from './load.js';

/** The requests of a study re-timed with edits applied; which siblings wait for which is learned from all of them. */
export function reTimed(study: TraceStudy, edits: readonly Edit[]): WhatIf {
  const named = study.traces.map((t) => ({ tree: t.tree, nameOf: (row: number) => nameOfSpan(t, row) }));
  const precedesIn = learnPrecedence(named);
  return whatIf(
    study.traces.map((t, i) => ({
      tree: t.tree,
      root: t.root,
      change: changeOf(t, edits),
      precedes: precedesIn(named[i] as (typeof named)[number]),
    })),
  );
}
