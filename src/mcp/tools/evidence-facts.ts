import type { Fact, Provenance, Result, Cell as WalkedCell } from '../../domain/index.js';
import { matches } from '../../facts/trace-study/pattern.js';
import { type Cell, oneLine, type Part } from '../answer.js';
import { ToolFault } from '../fault.js';
import type { EvidenceQuery } from './evidence-query.js';

const HEADS = ['fact', 'value', 'before', 'unit', 'low', 'high', 'n', 'basis'];
/** Enough to tell statements apart, and to name one by its beginning. */
const MOST_STATEMENT = 90;
const MORE = 'narrow by name, subject or phase, or offset=OFFSET';

/** Facts by name, subject, phase and basis; a fact of the trouble carries its value from before beside it. */
export function factsMatching(result: Result, query: EvidenceQuery): Part[] {
  const byId = new Map(result.facts.map((f) => [f.id, f]));
  const before = (f: Fact): Fact | undefined =>
    f.phase === 'incident' ? byId.get(f.id.replace('#incident', '#baseline')) : undefined;
  const beside = new Set(query.phase === undefined ? result.facts.flatMap((f) => before(f)?.id ?? []) : []);
  const fits = (f: Fact): boolean =>
    !beside.has(f.id) &&
    f.origin !== 'constant' &&
    (query.name === undefined || matches(query.name, f.name)) &&
    (query.subject === undefined ||
      matches(query.subject, f.subject.id) ||
      matches(query.subject, f.subject.name)) &&
    (query.phase === undefined || f.phase === query.phase) &&
    (query.basis === undefined || f.basis === query.basis);
  const found = result.facts.filter(fits);
  const chosen =
    query.order === 'change'
      ? found
          .flatMap((f) => {
            const was = before(f);
            return was ? [{ f, moved: moved(was.value, f.value) }] : [];
          })
          .sort((a, b) => b.moved - a.moved || (a.f.id < b.f.id ? -1 : 1))
          .map((x) => x.f)
      : found.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return [
    {
      table: HEADS,
      rows: chosen
        .slice(query.offset, query.offset + query.limit)
        .map((f) => [
          f.id,
          f.value,
          before(f)?.value,
          f.unit,
          f.interval?.[0],
          f.interval?.[1],
          f.n,
          f.basis,
        ]),
      of: chosen.length,
      from: query.offset,
      narrow: MORE,
    },
    ...(chosen.length === 0
      ? [{ line: 'no fact fits: nobody said or measured it, which speaks neither for nor against a cause' }]
      : []),
  ];
}

/** How far a number moved, either way; from nothing to something is the furthest. */
const moved = (was: number, is: number): number => {
  if (was === is) return 0;
  if (was === 0 || is === 0 || Math.sign(was) !== Math.sign(is)) return Number.MAX_VALUE;
  return Math.abs(Math.log(is / was));
};

/** One fact with where it came from. */
export function oneFact(result: Result, query: EvidenceQuery): Part[] {
  const fact = result.facts.find((f) => f.id === query.id);
  if (!fact)
    throw new ToolFault('There is no such fact.', 'id', 'Take an id that read_evidence of=facts lists.');
  return [
    {
      table: HEADS,
      rows: [
        [
          fact.id,
          fact.value,
          undefined,
          fact.unit,
          fact.interval?.[0],
          fact.interval?.[1],
          fact.n,
          fact.basis,
        ],
      ],
    },
    { table: ['came from', 'what', 'rows', 'sources or facts'], rows: fact.from.map(origin) },
    ...(fact.window ? [{ line: `window ${fact.window.from} to ${fact.window.to}` }] : []),
    ...(fact.condition === undefined ? [] : [{ table: ['condition'], rows: [[fact.condition]] }]),
  ];
}

function origin(p: Provenance): Cell[] {
  switch (p.kind) {
    case 'input':
      return ['case text', p.text, undefined, `${p.input}, characters ${p.start} to ${p.end}`];
    case 'query':
      return ['query', p.query, p.rows, p.sources.join(' ')];
    case 'formula':
      return ['formula', p.formula, undefined, p.facts.join(' ')];
    case 'document':
      return ['document', p.source, undefined, p.date];
    case 'file':
      return ['file', p.path, undefined, p.line === undefined ? undefined : `line ${p.line}`];
  }
}

/** The excess budget by cell of the critical path, the largest growth first. */
export function excessCells(result: Result, walked: readonly WalkedCell[], query: EvidenceQuery): Part[] {
  const { excess } = result;
  if (!excess) return [{ line: 'no excess budget: it needs traces of the trouble and of a time before it' }];
  const byId = new Map(result.facts.map((f) => [f.id, f]));
  const value = (id: string): number | undefined => byId.get(id)?.value;
  const statementOf = new Map(walked.map((c) => [c.id, c.statement]));
  const cells = [...excess.cells].sort((a, b) => (value(b.excessMs) ?? 0) - (value(a.excessMs) ?? 0));
  return [
    {
      line: `mean ms of requests above p${excess.percentile} on their critical path; of=fact with criticalPath.excess@cell:CELL#incident says where a row came from`,
    },
    {
      table: ['cell', 'kind', 'before', 'now', 'excess', 'claimed by', 'statement'],
      rows: cells.slice(query.offset, query.offset + query.limit).map((c) => {
        const cell = (byId.get(c.excessMs)?.subject.id ?? '').replace(/^cell:/, '');
        const statement = statementOf.get(cell);
        return [
          cell,
          c.kind,
          value(c.baselineMs),
          value(c.incidentMs),
          value(c.excessMs),
          c.finding,
          statement && oneLine(statement, MOST_STATEMENT),
        ];
      }),
      of: cells.length,
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
  ];
}

/** The critical path of a typical slow request, and of a normal one. */
export function requestPaths(result: Result, query: EvidenceQuery): Part[] {
  if (result.paths.length === 0) return [{ line: 'no request could be walked: add traces' }];
  const value = (id: string): number | undefined => result.facts.find((f) => f.id === id)?.value;
  return result.paths.flatMap((p): Part[] => [
    { line: `trace ${p.traceId.replace(/[^0-9a-zA-Z-]/g, '')}` },
    {
      table: ['at ms', 'ms', 'kind', 'service', 'operation', 'count'],
      rows: p.pieces
        .slice(query.offset, query.offset + query.limit)
        .map((x) => [value(x.startMs), value(x.durationMs), x.kind, x.service, x.operation, x.count]),
      of: p.pieces.length,
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
  ]);
}

/** What was read, and what could not be. */
export function sourcesRead(result: Result, query: EvidenceQuery): Part[] {
  const page = <T>(all: readonly T[]): readonly T[] => all.slice(query.offset, query.offset + query.limit);
  return [
    {
      table: ['source', 'path', 'format', 'role', 'records', 'from', 'to'],
      rows: page(result.sources).map((s) => [s.id, s.path, s.format, s.role, s.records, s.from, s.to]),
      of: result.sources.length,
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
    {
      table: ['severity', 'where', 'problem', 'to do'],
      rows: page(result.problems).map((p) => [p.severity, p.where, p.what, p.todo]),
      of: result.problems.length,
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
    {
      table: ['redacted', 'source', 'count'],
      rows: page(result.redactions).map((r) => [r.kind, r.source, r.count]),
      of: result.redactions.length,
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
  ];
}
