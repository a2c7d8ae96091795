import { formatQuantity, num, plain, say, type Text } from '../domain/index.js';
import type { PlanNode } from '../evidence/readers/plans/index.js';
import {
  type Candidate,
  candidateName,
  createStatement,
  dropStatement,
} from '../facts/database/index-design/candidate.js';
import type { IndexDesign } from '../facts/database/index-design/design.js';
import type { WhatIfDesign } from '../facts/database/index-design/what-if.js';
import type { RejectedIndex } from '../facts/database/index-design/workload.js';
import { diagnosePlan, type PlanDiagnosis } from '../facts/database/plan/diagnose.js';
import { figures, nodeName } from '../facts/database/plan/finding.js';
import { misestimatesBegin } from '../facts/database/plan/misestimate.js';
import { planPicture } from '../facts/database/plan/picture.js';
import type { PoolVerdict } from '../facts/database/pool.js';
import type { ServerFinding } from '../facts/database/server/finding.js';
import type { ReadSplit } from '../facts/database/server/read-split.js';
import type { StatementPlan } from '../facts/database/statements/generic-plans.js';
import { lintStatement } from '../facts/database/statements/lints.js';
import { planPage } from '../report/plan-page.js';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
/** Terminals get no control characters out of statements and names. */
const safe = (text: string): string => text.replace(/(?!\n)\p{Cc}/gu, '?');
const words = (text: Text): string => safe(plain(text));
const ms = (value: number): string => formatQuantity(value, 'ms');

export function plansText(diagnoses: readonly PlanDiagnosis[], asJson: boolean): string {
  if (asJson) return json({ plans: diagnoses.map(planJson) });
  return diagnoses.map((d, i) => (diagnoses.length > 1 ? `Plan ${i + 1}\n` : '') + planText(d)).join('\n');
}

function planLines({ plan, times }: PlanDiagnosis): string[] {
  const off = new Map(misestimatesBegin(plan, OFF_BY).map((m) => [m.node, m.factor]));
  return plan.nodes.map(
    (node) => `  ${line(node, depthOf(plan.root, node), plan.ran, times, off.get(node))}`,
  );
}

function planText(diagnosis: PlanDiagnosis): string {
  const { plan, times, findings, signs } = diagnosis;
  const tree = planLines(diagnosis);
  const head = plan.query === undefined ? [] : [`  ${safe(plan.query).slice(0, 300)}`, ''];
  const told = !plan.ran
    ? [
        `The plan was not timed, so where its time goes is untested. Measure it: ${plan.product === 'mysql' ? 'EXPLAIN ANALYZE in MySQL, ANALYZE FORMAT=JSON in MariaDB, on a copy' : 'EXPLAIN (ANALYZE, BUFFERS) on a copy, or auto_explain with log_analyze'}.`,
        ...signs.map((s, i) => `${i === 0 ? '\nWhat its estimates let expect:\n' : ''}- ${words(s.text)}`),
      ]
    : findings.length === 0
      ? [`Nothing in this plan stands out; it took ${ms(times.totalMs)}.`]
      : findings.flatMap((f, i) => [
          `${i + 1}. ${words(f.reason)}`,
          `   What to do: ${words(f.remedy)}`,
          ...(f.command === undefined ? [] : [`   ${safe(f.command)}`]),
          `   At most ${ms(f.recoverable.value)} of ${ms(times.totalMs + (f.id === 'planning' ? (plan.planningMs ?? 0) : 0))} could be saved.`,
          '',
        ]);
  return safe([...head, ...told, '', ...tree, ''].join('\n'));
}

function line(
  node: PlanNode,
  depth: number,
  ran: boolean,
  times: PlanDiagnosis['times'],
  offBy?: number,
): string {
  const figures = ran
    ? [
        `${ms(times.exclusiveMs(node))} itself`,
        `${formatQuantity((node.rows ?? 0) * (node.loops ?? 0), 'count')} rows`,
        ...((node.loops ?? 1) > 1 ? [`${formatQuantity(node.loops ?? 0, 'count')} loops`] : []),
        ...(offBy === undefined ? [] : [`rows off by ${formatQuantity(offBy, 'factor')} from here`]),
      ]
    : [
        ...(node.totalCost === undefined ? [] : [`cost ${formatQuantity(node.totalCost, 'none')}`]),
        ...(node.plannedRows === undefined
          ? []
          : [`${formatQuantity(node.plannedRows, 'count')} rows planned`]),
      ];
  return `${'  '.repeat(depth)}${node.subplan === undefined ? '' : `[${node.subplan}] `}${nodeName(node)}${figures.length === 0 ? '' : `  (${figures.join(', ')})`}`;
}

function depthOf(root: PlanNode, node: PlanNode): number {
  const find = (at: PlanNode, depth: number): number =>
    at === node ? depth : Math.max(-1, ...at.children.map((c) => find(c, depth + 1)));
  return Math.max(0, find(root, 0));
}

/** The plans of a file as one page. */
export function plansPage(label: string, diagnoses: readonly PlanDiagnosis[]): string {
  return planPage(
    label,
    diagnoses.map((d, i) => {
      const title = d.plan.query?.replace(/\s+/g, ' ').slice(0, 300) ?? label;
      const place = diagnoses.length > 1 ? `${label}, plan ${i + 1}` : label;
      const picture = planPicture(d, `plan-${i + 1}`, say`Where its time went`, figures(place));
      return {
        title,
        verdict: !d.plan.ran
          ? say`The plan was not timed, so where its time goes is untested.`
          : d.findings.length === 0
            ? say`Nothing in this plan stands out; it took ${num(d.total)}.`
            : say`It took ${num(d.total)}; ${num(d.findings[0]?.recoverable ?? d.total)} of that at most could be saved first.`,
        findings: d.findings.map((f) => ({
          reason: f.reason,
          remedy: f.remedy,
          saving: say`At most ${num(f.recoverable)} could be saved.`,
          ...(f.command === undefined ? {} : { command: f.command }),
        })),
        signs: d.signs.map((s) => s.text),
        ...(picture ? { picture: picture.block } : {}),
        text: planLines(d).join('\n'),
      };
    }),
  );
}

const planJson = ({ plan, times, findings, signs }: PlanDiagnosis): unknown => ({
  product: plan.product,
  totalMs: times.totalMs,
  ran: plan.ran,
  query: plan.query,
  findings: findings.map((f) => ({
    id: f.id,
    node: f.node?.id,
    reason: plain(f.reason),
    remedy: plain(f.remedy),
    command: f.command,
    recoverableMs: f.recoverable.value,
  })),
  signs: signs.map((s) => ({ id: s.id, text: plain(s.text) })),
  nodes: plan.nodes.map((n) => ({
    id: n.id,
    name: nodeName(n),
    exclusiveMs: times.exclusiveMs(n),
    inclusiveMs: times.inclusiveMs(n),
    rows: n.rows,
    plannedRows: n.plannedRows,
    loops: n.loops,
  })),
  document: plan.document,
});

/** A tenth or tenfold of what was planned. */
const OFF_BY = 10;

const URGENCY: Readonly<Record<ServerFinding['urgency'], string>> = {
  now: 'Now',
  soon: 'Soon',
  upkeep: 'Upkeep',
};

/** Parts of a server that could not be read, with its words. */
interface Looked {
  missing: readonly { part: string; why: string }[];
}

export function serverText(snapshot: Looked, findings: readonly ServerFinding[], asJson: boolean): string {
  if (asJson)
    return json({
      findings: findings.map((f) => ({ ...f, reason: plain(f.reason), remedy: plain(f.remedy) })),
      missing: snapshot.missing,
    });
  const missing = snapshot.missing.map((m) => `Untested, ${m.part} could not be read: ${m.why}`);
  const told =
    findings.length === 0
      ? ['Nothing stands out at this moment.']
      : findings.flatMap((f) => [
          `${URGENCY[f.urgency]}: ${words(f.reason)}`,
          `   What to do: ${words(f.remedy)}`,
          ...(f.command === undefined ? [] : [`   ${safe(f.command)}`]),
          '',
        ]);
  return `${safe([...told, ...missing].join('\n'))}\n`;
}

const MAY: Readonly<Record<ReadSplit['statements'][number]['may'], string>> = {
  replica: 'a replica',
  'replica-if-read-only': 'a replica',
  primary: 'the primary',
};

/** A statement below this share of the time is not worth a line. */
const SPLIT_SHOWN = 0.001;

export function splitText(split: ReadSplit, asJson: boolean): string {
  if (asJson)
    return json({
      movable: split.movable?.value,
      statements: split.statements.map((s) => ({ ...s, share: s.share.value, reason: plain(s.reason) })),
    });
  const head = split.movable
    ? `${formatQuantity(split.movable.value, 'ratio')} of statement time may go to a replica, by what the statements do; which of these reads must see what their own user just wrote, only the application knows.`
    : 'No statement was counted yet.';
  return safe(
    [
      head,
      '',
      ...split.statements
        .filter(({ share }) => share.value >= SPLIT_SHOWN)
        .flatMap((s) => [
          `${formatQuantity(s.share.value, 'ratio')}  ${MAY[s.may]}: ${words(s.reason)}`,
          `   ${s.statement.slice(0, 160)}`,
        ]),
      '',
    ].join('\n'),
  );
}

export function poolText(verdict: PoolVerdict, asJson: boolean): string {
  if (asJson)
    return json({
      verdict: verdict.id,
      reason: plain(verdict.reason),
      remedy: plain(verdict.remedy),
      notes: verdict.notes.map(plain),
      figures: Object.fromEntries(verdict.facts.map((f) => [f.name, f.value])),
    });
  return `${words(verdict.reason)}\nWhat to do: ${words(verdict.remedy)}\n${verdict.notes.map((n) => `${words(n)}\n`).join('')}`;
}

export function workloadPlansText(plans: readonly StatementPlan[], asJson: boolean): string {
  if (asJson)
    return json({
      statements: plans.map((p) => ({
        id: p.id,
        sql: p.sql,
        why: p.why,
        plan: p.plan?.document,
        text: lintStatement(p.sql).map((l) => ({
          id: l.id,
          reason: plain(l.reason),
          remedy: plain(l.remedy),
        })),
      })),
    });
  return safe(
    plans
      .flatMap((p) => [
        `${p.id}: ${p.sql.replace(/\s+/g, ' ').slice(0, 200)}`,
        ...(p.plan ? planned(diagnosePlan(p.plan, p.id)) : [`  no plan: ${p.why ?? ''}`]),
        ...lintStatement(p.sql).map((l) => `  Its text: ${words(l.reason)}; ${words(l.remedy)}.`),
        '',
      ])
      .join('\n'),
  );
}

/** The tree of a plan that was not run, and what its estimates let expect. */
const planned = (diagnosis: PlanDiagnosis): string[] => [
  ...planLines(diagnosis),
  ...diagnosis.signs.map((s) => `  - ${words(s.text)}`),
];

const WHY: Readonly<Record<RejectedIndex['why'], string>> = {
  'no-plan-takes-it': 'no plan takes it',
  'saves-too-little': 'saves too little for its size, or does not fit the budget',
  'served-by-others': 'a chosen index serves the same statements',
  'no-faster-when-built': 'no statement was faster with it',
  'refused-by-server': 'the server refuses to build it (an extension or operator class is missing)',
};

const RUNG: Readonly<Record<WhatIfDesign['rung'], string>> = {
  'what-if':
    'Rung reached: what-if. The planner of the server was asked what it would do with each; nothing was built or timed. Prove them on a copy with --clone.',
  sandbox:
    'Rung reached: what-if, in a sandbox. The planner of a PostgreSQL 18 on this machine was asked, with the schema and the statistics of the server and none of its rows; nothing was built there or timed. Prove them on a copy with --clone.',
  rule: 'Rung reached: rule. These follow from how the statements are written, and are untested. Ask the planner of an empty copy with --sandbox, or prove them on a full one with --clone.',
};

export function proposalText(design: WhatIfDesign, asJson: boolean): string {
  const proposed = design.proposed.map((p) => ({
    create: createStatement(p.candidate, true),
    undo: dropStatement(p.candidate, true),
    bytes: p.bytes,
    serves: p.serves,
    because: p.candidate.because,
  }));
  if (asJson)
    return json({
      rung: design.rung,
      noWhatIf: design.noWhatIf,
      sandbox: design.sandbox,
      indexes: proposed,
      statements: design.statements,
      rejected: design.rejected.map((r) => ({ index: createStatement(r.candidate, false), why: WHY[r.why] })),
      skipped: design.skipped,
    });
  const out = [
    RUNG[design.rung],
    ...(design.noWhatIf === undefined ? [] : [`No planner was asked: ${design.noWhatIf}.`]),
    ...(design.sandbox ? sandboxText(design.sandbox) : []),
    '',
    ...(proposed.length === 0 ? ['No index is worth its keep for this workload.'] : []),
    ...proposed.flatMap((p) => [
      `${p.create};`,
      `  -- ${p.because}; for ${p.serves.join(', ')}${p.bytes === undefined ? '' : `; about ${formatQuantity(p.bytes, 'bytes')}`}`,
    ]),
    ...lockNotes(design.proposed.map((p) => p.candidate)),
    '',
    ...(design.rung !== 'rule'
      ? [
          'Statement  cost before  after',
          ...design.statements.map(
            (s) => `${s.id}  ${formatQuantity(s.costBefore, 'none')}  ${formatQuantity(s.costAfter, 'none')}`,
          ),
        ]
      : []),
    ...design.statements.flatMap((s) => (s.rewritten === undefined ? [] : [`${s.id}: write ${s.rewritten}`])),
    ...design.rejected.map(
      (r) =>
        `Not proposed: ${createStatement(r.candidate, false).replace(/^CREATE INDEX /, '')}: ${WHY[r.why]}`,
    ),
    ...design.skipped.map((s) => `${s.id} was left out: ${s.why}.`),
  ];
  return `${safe(out.join('\n'))}\n`;
}

/** What building them stops meanwhile, and how not to be the one that all others queue behind. */
function lockNotes(candidates: readonly Candidate[]): string[] {
  const partitioned = [
    ...new Set(candidates.filter((c) => c.relation.partitioned).map((c) => c.relation.name)),
  ];
  return [
    ...(candidates.some((c) => !c.relation.partitioned)
      ? [
          '',
          'CONCURRENTLY does not stop writes, waits for transactions that are open, and must not run inside one. If it fails it leaves an invalid index: undo, then try again.',
        ]
      : []),
    ...partitioned.flatMap((name) => [
      '',
      `${name} is partitioned, and an index on it as a whole stops writes while it is built. Without stopping them: CREATE INDEX CONCURRENTLY on each partition, then the statement above with ON ONLY, then ALTER INDEX … ATTACH PARTITION for each. Before what takes a lock: SET lock_timeout = '2s', so that nothing queues behind it for longer.`,
    ]),
  ];
}

/** How far the copy may be trusted: without any new index its planner should say what the server's says. */
function sandboxText(sandbox: NonNullable<WhatIfDesign['sandbox']>): string[] {
  const far = sandbox.costOff.filter((c) => Math.abs(c.share) > TRUSTED_COST);
  return [
    far.length === 0
      ? `Without new indexes its costs are those of the server, within ${formatQuantity(TRUSTED_COST, 'ratio')}.`
      : `Its costs without new indexes differ from the server's, so what it says of these is less sure: ${far.map((c) => `${c.id} by ${formatQuantity(c.share, 'ratio')}`).join(', ')}.`,
    ...sandbox.lacking.map((l) => `Not copied: ${l}`),
  ];
}
const TRUSTED_COST = 0.1;

export function designText(design: IndexDesign, asJson: boolean): string {
  const chosen = design.chosen.map((c) => ({
    create: createStatement(c.candidate, true),
    undo: dropStatement(c.candidate, true),
    bytes: c.bytes,
    buildMs: c.buildMs,
    serves: c.serves,
    because: c.candidate.because,
  }));
  const rejected = design.rejected.map((r) => ({
    index: createStatement(r.candidate, false).replace(/^CREATE INDEX /, ''),
    bytes: r.bytes,
    why: WHY[r.why],
  }));
  if (asJson)
    return json({
      rung: 'really built on the clone',
      indexes: chosen,
      statements: design.statements,
      rejected,
      skipped: design.skipped,
    });
  const names = new Map(design.chosen.map((c) => [candidateName(c.candidate), c]));
  const out = [
    chosen.length === 0
      ? 'No index is worth its keep for this workload.'
      : `${chosen.length} indexes, ${formatQuantity(
          chosen.reduce((s, c) => s + c.bytes, 0),
          'bytes',
        )}, really built on the clone and timed there.`,
    '',
    ...chosen.flatMap((c) => [
      `${c.create};`,
      `  -- ${c.because}; for ${c.serves.join(', ')}; ${formatQuantity(c.bytes, 'bytes')}, built in ${ms(c.buildMs)}`,
      `  -- undo: ${c.undo};`,
    ]),
    ...lockNotes(design.chosen.map((c) => c.candidate)),
    '',
    'Statement  before  after',
    ...design.statements.map(
      (s) =>
        `${s.id}  ${ms(s.beforeMs)}  ${ms(s.afterMs)}${s.uses.filter((u) => names.has(u)).length === 0 ? '  (no index: reading the table is right, or nothing serves it)' : ''}`,
    ),
    ...design.statements.flatMap((s) =>
      s.rewrite
        ? [
            '',
            `${s.id} cannot use an index on ${s.rewrite.column} as written. Instead of`,
            `  ${s.rewrite.before}`,
            'write',
            `  ${s.rewrite.after}`,
          ]
        : [],
    ),
    '',
    ...(rejected.length > 0 ? ['Not built:', ...rejected.map((r) => `  ${r.index}: ${r.why}`)] : []),
    ...design.skipped.map((s) => `${s.id} was left out: ${s.why}.`),
  ];
  return `${safe(out.join('\n'))}\n`;
}
