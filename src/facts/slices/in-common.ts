import {
  type Block,
  type Fact,
  heading,
  join,
  name,
  num,
  paragraph,
  type Subject,
  say,
  subject,
  type Text,
  table,
} from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import type { Entry } from '../entry.js';
import type { Phases } from '../phases.js';
import { fromQuery, type Origin } from '../query-fact.js';
import type { Requests } from '../requests.js';
import { calledService, requestAttributes, requestAttributesSql } from './request-attributes.js';
import { type Difference, type Differences, whatDiffers } from './what-differs.js';

/** What slow requests have in common, as facts and as the blocks that show them. */
export interface InCommon {
  facts: Fact[];
  blocks: Block[];
}

/**
 * Compares slow requests of the incident with the other ones beside them, and with the slow ones before when there is
 * a baseline. Empty when the requests carry no attribute that varies.
 */
export async function inCommon(
  store: Store,
  requests: Requests,
  phases: Phases,
  entry: Entry,
  sources: readonly string[],
): Promise<InCommon> {
  const rows = await requestAttributes(store, requests, phases, entry);
  const of = (phase: 'baseline' | 'incident', slow: boolean) =>
    rows.filter((r) => r.phase === phase && r.slow === slow).map((r) => r.attributes);
  const origin: Origin = { query: requestAttributesSql(requests, phases, entry), rows: rows.length, sources };
  const slow = of('incident', true);
  const operation = subject('operation', entry.operation, entry.service);
  const compared = whatDiffers(slow, of('incident', false));
  // Without a baseline nobody said that anything is wrong: then only what was found is told.
  const beside =
    phases.hasBaseline || compared.found.length > 0
      ? shown('other', operation, compared, origin)
      : { facts: [], blocks: [] };
  const before = phases.hasBaseline
    ? shown('before', operation, whatDiffers(slow, of('baseline', true)), origin)
    : { facts: [], blocks: [] };
  return { facts: [...beside.facts, ...before.facts], blocks: [...beside.blocks, ...before.blocks] };
}

type Against = 'other' | 'before';
const TITLE: Readonly<Record<Against, string>> = {
  other: 'What slow requests have in common',
  before: 'What slow requests have now and had not before',
};
const THEM: Readonly<Record<Against, string>> = {
  other: 'other requests beside them',
  before: 'slow requests before',
};

function shown(against: Against, operation: Subject, compared: Differences, origin: Origin): InCommon {
  if (compared.compared === 0) return { facts: [], blocks: [] };
  const looked = fromQuery(
    { name: `slices.compared.${against}`, subject: operation, value: compared.compared, unit: 'count' },
    origin,
  );
  const of = say` of ${name(operation.name)}`;
  if (compared.found.length === 0)
    return against === 'before'
      ? { facts: [], blocks: [] }
      : {
          facts: [looked],
          blocks: [
            heading(say`${TITLE[against]}`),
            paragraph(
              say`No attribute sets slow requests${of} apart from ${THEM[against]}: ${num(looked)} values and combinations were compared. What slows them hits all alike, or is not written on the spans.`,
            ),
          ],
        };
  const rows = compared.found.map((d) => rowOf(against, operation, d, origin));
  return {
    facts: [looked, ...rows.flatMap((r) => r.facts)],
    blocks: [
      heading(say`${TITLE[against]}`),
      table(
        ['Value', '> Of slow requests', `> Of ${THEM[against]}`, '> Times as common', 'Reading'],
        rows.map((r) => r.cells),
        say`Values and combinations that set slow requests${of} apart; ${num(looked)} were compared, and what chance alone would show among so many is left out.`,
      ),
    ],
  };
}

function rowOf(against: Against, operation: Subject, d: Difference, origin: Origin) {
  const about = subject('class', d.where.map((w) => `${w.attribute}=${w.value}`).join(' '), operation.name);
  const share = (who: string, value: number, n: number): Fact =>
    fromQuery(
      { name: `slice.share.${who}`, subject: about, value, unit: 'ratio', n, phase: 'incident' },
      origin,
    );
  const here = share(`slow.${against}`, d.shareHere, d.here);
  const there = share(against, d.shareThere, d.there);
  const factor = fromQuery(
    {
      name: `slice.factor.${against}`,
      subject: about,
      value: d.factor,
      unit: 'factor',
      interval: d.interval,
      n: d.here + d.there,
      phase: 'incident',
    },
    origin,
  );
  const cells: Text[] = [
    whereText(d.where),
    say`${num(here, { digits: 2 })}`,
    say`${num(there, { digits: 2 })}`,
    d.there === 0 ? say`only here` : say`${num(factor, { digits: 2 })}`,
    readingOf(d),
  ];
  return { facts: [here, there, factor], cells };
}

const whereText = (where: Difference['where']): Text =>
  join(
    where.map((w) => {
      const called = calledService(w.attribute);
      return called === undefined
        ? say`${name(w.attribute)} is ${name(w.value)}`
        : say`${name(called)} is called`;
    }),
    ' and ',
  );

function readingOf(d: Difference): Text {
  // A port or an id that repeats what another value says tells a reader nothing.
  const same = d.alike
    .filter((where) => where.every((w) => !/^\d+$/.test(w.value)))
    .slice(0, 3)
    .map(whereText);
  const note = same.length > 0 ? say` The same requests: ${join(same, '; ')}.` : say``;
  return d.outcome
    ? say`Says how requests end: an effect, or its sign.${note}`
    : say`Compare a trace inside with one outside.${note}`;
}
