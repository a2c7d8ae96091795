import { z } from 'zod';
import { type Edit, nameOfSpan, touched } from '../../facts/trace-study/edits.js';
import type { TraceStudy } from '../../facts/trace-study/load.js';
import { isPattern } from '../../facts/trace-study/pattern.js';
import { reTimed } from '../../facts/trace-study/re-timed.js';
import { lengthOf } from '../../facts/traces.js';
import type { Part } from '../answer.js';
import { ToolFault } from '../fault.js';
import { caseArgument, tool } from '../tool.js';

const spans = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(isPattern, 'at most 200 characters and 6 stars')
  .describe(
    'a service, an operation, service/operation or a statement; * for anything: "SELECT line_no*", "coupon-service/*"',
  );

const edit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drop'), spans }),
  z.strictObject({ kind: z.literal('shorten'), spans, factor: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('shorten-by'), spans, lessMs: z.number().positive() }),
  z.strictObject({ kind: z.literal('parallel'), spans }),
  z.strictObject({ kind: z.literal('cache'), spans, hitRatio: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('batch'), spans }),
  z.strictObject({ kind: z.literal('timeout'), spans, capMs: z.number().positive() }),
]);

const MOST_NAMES = 12;

export default tool({
  name: 'simulate',
  title: 'Simulate a change',
  about:
    'Re-times the recorded requests of the trouble with changes applied and says what each percentile would have been: drop (call not made), shorten, parallel (siblings start together), cache (answered without the call), batch (equal siblings become one), timeout. "at least" lets every call wait for all that ended before it, "at best" only for calls that never ran beside it. Load is as recorded.',
  input: z.strictObject({
    case: caseArgument,
    request: z
      .string()
      .max(300)
      .optional()
      .describe('service/operation that requests come in by; the one with the most time when absent'),
    edits: z.array(edit).min(1).max(8),
  }),
  run: ({ case: id, request, edits }, session, progress) =>
    session.withStore(id, progress, async ({ study }) => {
      progress('walking requests');
      const found = await study(request);
      if (!found || found.traces.length === 0) throw nothingToRetime(found);
      return retimed(found, edits.map(asEdit));
    }),
});

const asEdit = (e: z.output<typeof edit>): Edit =>
  e.kind === 'shorten-by' ? { kind: 'shorten', spans: e.spans, lessMs: e.lessMs } : e;

function nothingToRetime(study: TraceStudy | undefined): ToolFault {
  if (!study)
    return new ToolFault('There are no spans in this case.', 'case', 'Add traces with add_evidence.');
  const names = study.operations.slice(0, MOST_NAMES).map((o) => `${o.service}/${o.operation}`);
  return new ToolFault(
    'No request comes in by this name.',
    'request',
    `Requests come in by: ${names.join(', ')}.`,
  );
}

function retimed(study: TraceStudy, edits: readonly Edit[]): Part[] {
  const counts = edits.map(
    (e) => study.traces.reduce((n, t) => n + touched(t, e).length, 0) / study.traces.length,
  );
  counts.forEach((n, i) => {
    if (n === 0)
      throw new ToolFault(
        `No span of ${study.service}/${study.operation} is so named.`,
        `edits.${i}.spans`,
        `Name one of: ${namesOf(study).join(', ')}.`,
      );
  });
  const result = reTimed(study, edits);
  return [
    {
      table: ['request', 'walked', 'recorded', 'changed'],
      rows: [[`${study.service}/${study.operation}`, result.traces, study.requests, result.changed]],
    },
    { table: ['edit', 'spans', 'spans a request'], rows: edits.map((e, i) => [e.kind, e.spans, counts[i]]) },
    {
      table: ['ms', 'recorded', 'at least', 'saved low', 'saved high', 'at best', 'saved low', 'saved high'],
      rows: result.rows.map((r) => [
        r.statistic,
        r.pessimistic.before,
        r.pessimistic.after,
        r.pessimistic.interval?.[0],
        r.pessimistic.interval?.[1],
        r.optimistic.after,
        r.optimistic.interval?.[0],
        r.optimistic.interval?.[1],
      ]),
    },
    {
      line: 'saved: 95 % interval over resampled requests; what a freed resource gives to others comes on top',
    },
  ];
}

/** Names of the spans with the most time. */
function namesOf(study: TraceStudy): string[] {
  const names = new Map<string, number>();
  for (const t of study.traces)
    t.spans.forEach((_, row) => {
      if (row !== t.root)
        names.set(nameOfSpan(t, row), (names.get(nameOfSpan(t, row)) ?? 0) + lengthOf(t, row));
    });
  return [...names]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(([n]) => n);
}
