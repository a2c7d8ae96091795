import { z } from 'zod';
import { type Finding, plain, type Result, VERDICTS } from '../../domain/index.js';
import { idsCell, type Part } from '../answer.js';
import { ToolFault } from '../fault.js';
import { caseArgument, limitArgument, offsetArgument, tool } from '../tool.js';

export default tool({
  name: 'findings',
  title: 'List and read findings',
  about:
    'Without finding: the verdict of the case, the excess budget (where the extra time of slow requests went) and the causes by rank, each supported, plausible (only said), untested or refuted. With finding: its mechanism, every prediction with what was seen, the facts behind it, what would decide it, and its remedies with forecasts.',
  input: z.strictObject({
    case: caseArgument,
    finding: z.string().max(300).optional().describe('id of a finding, to read it whole'),
    verdict: z.enum(VERDICTS).optional(),
    offset: offsetArgument,
    limit: limitArgument(12),
  }),
  async run(args, session, progress) {
    const { result } = await session.investigation(args.case, progress);
    return args.finding === undefined ? listed(result, args) : whole(result, args.finding);
  },
});

function listed(
  result: Result,
  args: { verdict?: Finding['verdict'] | undefined; offset: number; limit: number },
): Part[] {
  const chosen = result.findings.filter((f) => args.verdict === undefined || f.verdict === args.verdict);
  const count = (v: Finding['verdict']): string =>
    `${result.findings.filter((f) => f.verdict === v).length} ${v}`;
  const first = args.offset === 0 && args.verdict === undefined;
  return [
    ...(first
      ? [
          { line: `verdict: ${result.verdict.kind}` },
          { table: ['verdict'], rows: [[plain(result.verdict.text)]], wide: true },
          ...budget(result),
          ...(result.problems.some((p) => p.severity === 'error')
            ? [
                {
                  table: ['problem', 'where', 'to do'],
                  rows: result.problems
                    .filter((p) => p.severity === 'error')
                    .map((p) => [p.what, p.where, p.todo]),
                },
              ]
            : []),
        ]
      : []),
    { line: `findings: ${VERDICTS.map(count).join(', ')}` },
    {
      table: ['finding', 'verdict', 'p', 'excess ms', 'decided by'],
      rows: chosen
        .slice(args.offset, args.offset + args.limit)
        .map((f) => [f.id, f.verdict, f.probability, f.claim?.ms, plain(f.decidedBy)]),
      of: chosen.length,
      from: args.offset,
      narrow: 'findings offset=OFFSET, or verdict=',
    },
  ];
}

function budget(result: Result): Part[] {
  const { excess } = result;
  if (!excess) return [{ line: 'no excess budget: it needs traces of the trouble and of a time before it' }];
  const value = (id: string): number | undefined => result.facts.find((f) => f.id === id)?.value;
  return [
    {
      table: ['excess claimed by', 'ms', 'share', 'fact'],
      rows: [
        ...excess.bars.map((b) => [b.finding, value(b.ms), value(b.share), b.ms]),
        ...(excess.jointMs && excess.jointShare
          ? [['won only together', value(excess.jointMs), value(excess.jointShare), excess.jointMs]]
          : []),
        ['unexplained', value(excess.unexplainedMs), value(excess.unexplainedShare), excess.unexplainedMs],
        ['total', value(excess.excessMs), undefined, excess.excessMs],
      ],
    },
  ];
}

function whole(result: Result, id: string): Part[] {
  const f = result.findings.find((x) => x.id === id);
  if (!f) throw new ToolFault('There is no such finding.', 'finding', 'Take an id that findings lists.');
  const measurements = result.measurements.filter((m) => m.findings.includes(id));
  const recommendations = result.recommendations.filter((r) => r.findings.includes(id));
  const forecastOf = (fact: string | undefined) => result.facts.find((x) => x.id === fact);
  return [
    { line: `${f.verdict}, probability ${Number(f.probability.toPrecision(2))}` },
    {
      wide: true,
      table: ['part', 'text'],
      rows: [
        ['title', plain(f.title)],
        ['statement', plain(f.statement)],
        ['decided by', plain(f.decidedBy)],
        ['refuted if', plain(f.refutedIf)],
        ...(f.claim ? [['claims', plain(f.claim.says)]] : []),
        ...(f.rival === undefined ? [] : [['lost to', f.rival]]),
        ...f.changes.map((c) => ['change that fits', c]),
      ],
    },
    {
      table: ['prediction', 'outcome', 'basis', 'log likelihood ratio', 'says', 'facts'],
      rows: f.observations.map((o) => [
        o.prediction,
        o.outcome,
        o.basis,
        o.logLikelihoodRatio,
        plain(o.says),
        idsCell(o.facts),
      ]),
    },
    {
      table: ['measure', 'tool', 'command', 'minutes'],
      rows: measurements.map((m) => [plain(m.question), m.tool, plain(m.command), m.effortMinutes]),
    },
    {
      table: ['recommendation', 'title', 'risk', 'effort', 'p99 then, ms', 'low', 'high', 'fact'],
      rows: recommendations.map((r) => {
        const then = forecastOf(r.forecast);
        return [
          r.id,
          plain(r.title),
          r.risk,
          r.effort,
          then?.value,
          then?.interval?.[0],
          then?.interval?.[1],
          r.forecast,
        ];
      }),
      narrow: 'read_report section=4',
    },
  ];
}
