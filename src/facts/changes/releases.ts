import {
  type Block,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  say,
  subject,
  type Text,
  table,
} from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { fromQuery, type Origin } from '../query-fact.js';
import { type ReleaseSuspicion, suspectRelease } from './canary.js';
import { rolloutFromTraces } from './rollout-from-traces.js';

const SHOWN = 5;

/**
 * New instances against old ones of the same service at the same time, for every release that ran beside its
 * predecessor; nothing when none did, or when the new ones behave as the old ones.
 */
export async function releaseSuspects(
  store: Store,
  sources: readonly string[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const evidence = await rolloutFromTraces(store);
  if (!evidence) return { facts: [], blocks: [] };
  const answer = suspectRelease(evidence);
  if (answer.none) return { facts: [], blocks: [] };
  const origin: Origin = {
    query: 'served calls by version, instance, caller and time',
    rows: evidence.pods.reduce((n, p) => n + p.points.length, 0),
    sources,
  };
  const rows = answer.ranked.slice(0, SHOWN).map((r) => rowOf(r, origin));
  const [first] = answer.ranked;
  return {
    facts: rows.flatMap((r) => r.facts),
    blocks: [
      heading(say`New instances against old ones`),
      paragraph(
        say`Instances of a new version of ${name(first?.service ?? '')} differ most from the old ones that served beside them, under the same load. Take the new version out of the traffic first: it is the cheapest test.`,
      ),
      table(
        ['Release of', '> Calls that fail', '> Explains failures', '> Never served', '> Slower', '> Heavier'],
        rows.map((r) => r.cells),
        say`What speaks against each release, from nothing to all that such evidence can say.`,
      ),
    ],
  };
}

const PARTS = ['failing', 'explains', 'silent', 'slower', 'heavier'] as const;

function rowOf(r: ReleaseSuspicion, origin: Origin): { facts: Fact[]; cells: Text[] } {
  const facts = PARTS.map((part) =>
    fromQuery(
      {
        name: `release.${part}`,
        subject: subject('service', r.service),
        value: r.parts[part],
        unit: 'ratio',
        phase: 'incident',
      },
      origin,
    ),
  );
  return {
    facts,
    cells: [say`${name(r.service)}`, ...facts.map((f) => say`${num(f, { digits: 2 })}`)],
  };
}
