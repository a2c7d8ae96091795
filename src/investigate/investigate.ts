import { emptyCase, missingInputs, type ReadCase, readCase } from '../case/index.js';
import { planBlocks } from '../deliverables/extras.js';
import { DELIVERABLES } from '../deliverables/registry.js';
import {
  type Change,
  type Context,
  type Forecasting,
  indexFacts,
  type Measured,
  type Problem,
  type Question,
  type Reading,
  type Redaction,
  type Result,
  type Source,
} from '../domain/index.js';
import { createRedactor, type RedactorOptions } from '../evidence/redact/index.js';
import type { Level } from '../governance/classification.js';
import { HYPOTHESES } from '../hypotheses/registry.js';
import { KNOWLEDGE } from '../knowledge/index.js';
import { settleBudget } from '../method/budget.js';
import { contextOf, NOTHING_MEASURED } from '../method/context.js';
import { forecaster } from '../method/forecast.js';
import { infer, type Judged } from '../method/infer.js';
import { planMeasurements } from '../method/measure.js';
import { recommend } from '../method/recommend.js';
import { settle } from '../method/settle.js';
import { probabilityFact, verdictOf } from '../method/verdict.js';
import { READINGS } from '../readings/registry.js';
import { REMEDIES } from '../remedies/registry.js';
import type { ReportPage } from '../report/flame/pages.js';
import { sourcesOfCase } from './sources-of-case.js';
import { VERSION } from './version.js';

export interface InvestigationInput {
  /** The case: prompt text or case.yaml; absent for telemetry alone. */
  caseText?: string;
  /** Where the case file lies: the sources that it names are looked for below it. */
  caseFolder?: string;
  evidence: { path: string; role: Source['role'] }[];
  /** The systems that the case names were asked before, or are not to be asked; else a note says that they were not. */
  systemsSettled?: boolean;
  /** Where telemetry is kept: a folder, or a ClickHouse server by URL; in memory of this run when absent. */
  store?: { directory?: string; url?: string };
  /** Off only when the user says so. */
  redact: boolean;
  /** A key for placeholders and rules of the user, beside the built-in rules. */
  redaction?: RedactorOptions;
  /** The classification of the result, as the policy has it; confidential when absent. */
  classification?: Level;
  /** Told what is being done, for the terminal. */
  progress?: (doing: string) => void;
}

export interface Investigation {
  result: Result;
  context: Context;
  /** Files that stand beside the report: flame graphs. */
  pages: readonly ReportPage[];
}

/** The way of a case: from the inputs to the one result that every output is rendered from. */
export async function investigate(input: InvestigationInput): Promise<Investigation> {
  const progress = input.progress ?? (() => {});
  const redactor = createRedactor(input.redaction);
  const door = (text: string): string => (input.redact ? redactor.redact(text) : text);
  progress('reading the case');
  const read: ReadCase =
    input.caseText === undefined ? { case: emptyCase(), problems: [] } : readCase(door(input.caseText));
  const named = sourcesOfCase(read.sources ?? [], input.caseFolder);
  const evidence = [...input.evidence, ...named.evidence];
  const collected =
    evidence.length > 0 ? await telemetry({ ...input, evidence }, read, progress) : NOTHING_COLLECTED;
  progress('weighing hypotheses');
  const context = withReadings(contextOf(read.case, KNOWLEDGE, collected.measured));
  const caseRedactions = input.redact ? redactor.report().map((r) => ({ ...r, source: 'case' })) : [];
  return {
    context,
    pages: collected.pages,
    result: conclude(
      context,
      collected,
      [...read.problems, ...named.problems, ...(input.systemsSettled ? [] : notAsked(named.systems))],
      [...caseRedactions, ...collected.redactions],
      input.classification ?? 'confidential',
    ),
  };
}

/** A case's systems are asked by the command line alone: nothing leaves the machine unasked. */
const notAsked = (systems: readonly { system: string }[]): Problem[] =>
  systems.length === 0
    ? []
    : [
        {
          severity: 'note',
          what: `The case names systems that were not asked: ${systems.map((s) => s.system).join(', ')}.`,
          where: 'case.yaml, sources',
          todo: 'Collect with `kneepoint sources collect case.yaml`, and give the evidence file.',
        },
      ];

interface Collected {
  measured: Measured;
  forecasting?: Forecasting;
  paths: Result['paths'];
  extras?: Result['extras'];
  sources: Source[];
  problems: Problem[];
  redactions: Redaction[];
  pages: readonly ReportPage[];
}
const NOTHING_COLLECTED: Collected = {
  measured: NOTHING_MEASURED,
  paths: [],
  sources: [],
  problems: [],
  redactions: [],
  pages: [],
};

/** Loads the store only when there is telemetry: without it the engine is not needed. */
async function telemetry(
  input: InvestigationInput,
  { case: theCase, windows }: ReadCase,
  progress: (doing: string) => void,
): Promise<Collected> {
  const [{ openStore }, { collect }, { measure }, { withDiffs }, { withProfiles }, { flamePages }] =
    await Promise.all([
      import('../evidence/store/index.js'),
      import('../evidence/collect.js'),
      import('../facts/measure.js'),
      import('../facts/changes/with-diffs.js'),
      import('../facts/profiles/with-profiles.js'),
      import('../report/flame/pages.js'),
    ]);
  const store = await openStore({ ...input.store, empty: true });
  try {
    progress('reading telemetry');
    const collected = await collect(input.evidence, store, {
      redact: input.redact,
      redactor: createRedactor(input.redaction),
    });
    progress('computing facts');
    const found = await withProfiles(
      store,
      await measure(store, collected.sources, theCase, windows),
      collected.profiles,
      theCase,
      input.evidence.map((e) => e.path),
    );
    const recorded = await withDiffs(store, collected.changes);
    const changes: Change[] = [...found.measured.changes, ...recorded];
    return {
      ...found,
      measured: { ...found.measured, changes },
      sources: collected.sources,
      problems: [...collected.problems, ...found.problems],
      redactions: collected.redactions,
      pages: flamePages(
        collected.profiles,
        input.evidence.map((e) => e.path),
      ),
    };
  } finally {
    await store.close();
  }
}

/** Readings look at facts alone; everything after them may look at the readings too. */
export function withReadings(context: Context): Context {
  const readings: Reading[] = READINGS.flatMap((entry) => entry.read(context)).sort(
    (a, b) => b.weight - a.weight || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  return { ...context, readings };
}

function conclude(
  context: Context,
  collected: Collected,
  caseProblems: Problem[],
  redactions: Redaction[],
  classification: Level,
): Result {
  const judged = infer(HYPOTHESES, context);
  const settled = settleBudget(judged, context);
  const ranked = rank(judged);
  const facts = [
    ...context.facts.all,
    ...(settled?.facts ?? []),
    ...ranked.map((j) => probabilityFact(j.finding)),
  ];
  const known = withFacts(context, facts);
  const measurements = planMeasurements(ranked, known);
  const advised = recommend(ranked, REMEDIES, known, forecaster(collected.forecasting, known, ranked));
  const findings = ranked.map((j) => j.finding);
  const open: Omit<Result, 'deliverables'> = {
    schema: 'kneepoint/result/1',
    version: VERSION,
    classification,
    retentionClass: 'report',
    verdict: verdictOf(findings, known, settled),
    case: context.case,
    components: [...context.components],
    links: [...context.links],
    changes: [...context.changes],
    sources: collected.sources,
    facts: [...facts, ...advised.facts],
    readings: [...context.readings],
    questions: questionsOf(context.readings),
    findings,
    ...(settled ? { excess: settled.budget } : {}),
    paths: collected.paths,
    measurements,
    recommendations: advised.recommendations,
    extras: collected.extras ?? {},
    gaps: missingInputs(context.case),
    problems: [...caseProblems, ...collected.problems],
    redactions,
  };
  const deliverables = DELIVERABLES.flatMap((entry) => entry.make(open, known));
  return settle({ ...open, extras: beside(open.extras, planBlocks(open, known)), deliverables });
}

/** Blocks of both, by section; those of the telemetry first. */
const beside = (a: Result['extras'], b: Result['extras']): Result['extras'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((id) => [
      id,
      [...(a[id] ?? []), ...(b[id] ?? [])],
    ]),
  );

const withFacts = (context: Context, facts: Result['facts']): Context => ({
  ...context,
  facts: indexFacts(facts),
});

const VERDICT_ORDER = { supported: 0, plausible: 1, untested: 2, refuted: 3 } as const;

/** Supported by what they carry, then by probability. */
function rank(judged: readonly Judged[]): Judged[] {
  return [...judged].sort(
    (a, b) =>
      VERDICT_ORDER[a.finding.verdict] - VERDICT_ORDER[b.finding.verdict] ||
      (b.finding.claim?.ms ?? 0) - (a.finding.claim?.ms ?? 0) ||
      b.finding.probability - a.finding.probability ||
      (a.finding.id < b.finding.id ? -1 : 1),
  );
}

/** One question an id: the heaviest wording; in order of weight. */
function questionsOf(readings: readonly Reading[]): Question[] {
  const byId = new Map<string, Question>();
  for (const q of readings.flatMap((r) => r.questions)) {
    const before = byId.get(q.id);
    if (!before || q.weight > before.weight) byId.set(q.id, q);
  }
  return [...byId.values()].sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
}
