import { z } from 'zod';
import type { ReadCase } from '../../case/index.js';
import type { Part } from '../answer.js';
import { ToolFault } from '../fault.js';
import { tool } from '../tool.js';

/** Characters of a case given as text. */
export const MOST_CASE_TEXT = 100_000;
export const caseText = z.string().max(MOST_CASE_TEXT);

/** What was read in a case: its numbers with their ids, and what was not understood. */
export function understood(read: ReadCase): Part[] {
  const c = read.case;
  return [
    {
      line: `understood: ${c.facts.length} numbers, ${c.components.length} parts, ${c.symptoms.length} symptoms, ${c.changes.length} changes, ${c.constraints.length} constraints`,
    },
    {
      table: ['fact', 'value', 'unit', 'bound'],
      rows: c.facts.map((f) => [f.id, f.value, f.unit, f.comparator === '=' ? undefined : f.comparator]),
      narrow: 'read_evidence of=facts basis=stated offset=OFFSET',
    },
    ...(c.notUnderstood.length > 0
      ? [{ table: ['input', 'not understood'], rows: c.notUnderstood.map((p) => [p.input, p.text]) }]
      : []),
    ...(read.problems.length > 0
      ? [
          {
            table: ['severity', 'where', 'problem', 'to do'],
            rows: read.problems.map((p) => [p.severity, p.where, p.what, p.todo]),
          },
        ]
      : []),
  ];
}

export default tool({
  name: 'start_case',
  title: 'Start a case',
  about:
    'Starts a case from text (the ten inputs of a performance problem, as prose or [app_name]: … lines) or from a path below a root (a case file, or a folder with case.yaml and telemetry in incident/ and baseline/). Answers the case id and how every number was understood.',
  input: z.strictObject({
    text: caseText.optional().describe('the ten inputs as text'),
    path: z.string().min(1).max(1000).optional().describe('a case file or folder below a root'),
  }),
  async run({ text, path }, session) {
    if (text === undefined && path === undefined)
      throw new ToolFault('Nothing to start from.', 'text, path', 'Give text, a path, or both.');
    const {
      case: made,
      read,
      dropped,
    } = session.start({
      ...(text === undefined ? {} : { text }),
      ...(path === undefined ? {} : { path }),
    });
    return [
      { line: `case ${made.id}; numbers are stated, not measured, until evidence is added` },
      ...(dropped === undefined ? [] : [{ line: `case ${dropped} was dropped to make room` }]),
      ...(made.evidence.length > 0
        ? [
            {
              table: ['evidence', 'role'],
              rows: made.evidence.map((e) => [session.roots.shown(e.path), e.role]),
            },
          ]
        : []),
      ...understood(read),
      { line: 'next: findings' },
    ];
  },
});
