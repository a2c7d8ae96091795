import {
  type Case,
  type Cell,
  type Change,
  type ChangeMechanism,
  type Component,
  type Context,
  type Fact,
  type FactDraft,
  type Hypothesis,
  measured,
  num,
  type Pattern,
  type Phase,
  type PredictionOutcome,
  plain,
  type Subject,
  type Symptom,
  type SymptomKind,
  say,
  stated,
  subject,
  type Telemetry,
  type Unit,
} from '../../src/domain/index.js';
import { KNOWLEDGE } from '../../src/knowledge/index.js';
import { contextOf } from '../../src/method/context.js';

export const APP = subject('system', 'shop');
export const API = subject('service', 'shop-api');
export const DB = subject('database', 'PostgreSQL');
export const CACHE = subject('cache', 'Redis');
export const QUEUE = subject('queue', 'Kafka');
export const TAX = subject('dependency', 'tax API');
export const ENTRY = subject('operation', 'POST /buy', 'shop-api');

const PLACE = { input: 'performance_issues' as const, start: 0, end: 1, text: 'as the user wrote it' };

export const said = (name: string, about: Subject, value: number, unit: Unit, phase: Phase = 'any'): Fact =>
  stated(
    { name, subject: about, value, unit, phase },
    { kind: 'input', input: 'current_metrics', start: 0, end: 1, text: String(value) },
  );

export const seen = (
  name: string,
  about: Subject,
  value: number,
  unit: Unit,
  phase: Phase = 'incident',
  more: Partial<FactDraft> = {},
): Fact =>
  measured({ name, subject: about, value, unit, phase, ...more }, [
    { kind: 'query', query: name, rows: 10, sources: [] },
  ]);

/** The same number before and during the trouble, measured. */
export const pair = (name: string, about: Subject, before: number, during: number, unit: Unit): Fact[] => [
  seen(name, about, before, unit, 'baseline'),
  seen(name, about, during, unit, 'incident'),
];

export const part = (s: Subject, more: Partial<Component> = {}): Component => ({
  subject: s,
  kind: s.kind,
  layer:
    s.kind === 'database'
      ? 'database'
      : s.kind === 'cache'
        ? 'cache'
        : s.kind === 'service'
          ? 'api'
          : 'dependency',
  roles: [],
  places: [],
  ...more,
});

export const PARTS: Component[] = [
  part(API, { product: 'express', runtime: 'nodejs' }),
  part(DB, { product: 'postgresql', version: '15', roles: ['primary'] }),
  part(CACHE, { product: 'redis' }),
  part(TAX, { roles: ['third-party'] }),
];

export const complains = (kind: SymptomKind, about?: Subject, text = 'as the user wrote it'): Symptom => ({
  kind,
  facts: [],
  place: { ...PLACE, text },
  ...(about ? { subject: about } : {}),
});

export const change = (
  mechanisms: ChangeMechanism[],
  touches: Subject[] = [],
  summary = 'a change',
): Change => ({
  subject: subject('change', summary),
  summary,
  mechanisms,
  touches: touches.map((t) => t.id),
  origin: 'stated',
});

export interface CellDraft {
  id: string;
  kind: Cell['kind'];
  before: number;
  during: number;
  service?: string;
  peer?: Subject;
  statement?: string;
  /** Unit of its times; milliseconds by default. */
  unit?: Unit;
}

export function cell(d: CellDraft): Cell {
  const unit = d.unit ?? 'ms';
  const f = (role: string, value: number, u: Unit = unit): Fact =>
    seen(`cell.${d.id}.${role}`, API, u === 's' ? value / 1000 : value, u);
  return {
    id: d.id,
    service: d.service ?? 'shop-api',
    operation: 'POST /buy',
    kind: d.kind,
    baseline: f('baseline', d.before),
    incident: f('incident', d.during),
    excess: f('excess', d.during - d.before),
    baselineCount: f('baselineCount', 1, 'count'),
    incidentCount: f('incidentCount', 1, 'count'),
    ...(d.peer ? { peer: d.peer } : {}),
    ...(d.statement ? { statement: d.statement } : {}),
  };
}

export function pattern(
  kind: Pattern['kind'],
  about: Subject,
  claims: Record<string, number>,
  roles: Record<string, Fact> = {},
  unit: Unit = 'ms',
): Pattern {
  const inUnit = (ms: number): number => (unit === 's' ? ms / 1000 : ms);
  const saving = seen(
    `saving.${kind}`,
    about,
    inUnit(Object.values(claims).reduce((a, b) => a + b, 0)),
    unit,
  );
  return {
    kind,
    subject: about,
    service: about.service ?? 'shop-api',
    cells: Object.keys(claims),
    saving,
    facts: {
      ...roles,
      ...Object.fromEntries(
        Object.entries(claims).map(([id, ms]) => [
          `claim:${id}`,
          seen(`claim.${id}`, about, inUnit(ms), unit),
        ]),
      ),
    },
    detail: say`pattern ${kind} costs ${num(saving)}`,
  };
}

export function traces(
  cells: readonly CellDraft[],
  patterns: readonly Pattern[] = [],
  more: { hasBaseline?: boolean; unit?: Unit; interval?: [number, number] } = {},
): Telemetry {
  const unit = more.unit ?? 'ms';
  const inUnit = (ms: number): number => (unit === 's' ? ms / 1000 : ms);
  const sum = (key: 'before' | 'during'): number => cells.reduce((a, c) => a + c[key], 0);
  return {
    entry: ENTRY,
    cells: cells.map((c) => cell({ unit, ...c })),
    excess: {
      total: seen(
        'excess.total',
        ENTRY,
        inUnit(sum('during') - sum('before')),
        unit,
        'incident',
        more.interval ? { interval: more.interval } : {},
      ),
      baseline: seen('excess.baseline', ENTRY, inUnit(sum('before')), unit),
      incident: seen('excess.incident', ENTRY, inUnit(sum('during')), unit),
      percentile: 95,
    },
    patterns,
    hasBaseline: more.hasBaseline ?? true,
  };
}

export interface Made extends Partial<Omit<Case, 'app' | 'appName'>> {
  app?: Subject;
  measured?: Fact[];
  telemetry?: Telemetry;
}

export function made(m: Made): Context {
  const { app = APP, measured: found = [], telemetry, ...rest } = m;
  return contextOf(
    {
      appName: app.name,
      app,
      inputs: {},
      facts: [],
      components: PARTS,
      links: [],
      symptoms: [],
      changes: [],
      constraints: [],
      classes: [],
      tools: [],
      traits: [],
      notUnderstood: [],
      ...rest,
    },
    KNOWLEDGE,
    { facts: found, components: [], links: [], changes: [], ...(telemetry ? { telemetry } : {}) },
  );
}

/** Ids of the subjects a hypothesis binds to. */
export const bound = (h: Hypothesis, context: Context): string[] => h.subjects(context).map((s) => s.id);

/** What a prediction of a hypothesis says of a subject: the one given, or the first it binds to. */
export function outcomeOf(
  h: Hypothesis,
  prediction: string,
  context: Context,
  about?: Subject,
): PredictionOutcome['outcome'] {
  return resultOf(h, prediction, context, about).outcome;
}

export function resultOf(
  h: Hypothesis,
  prediction: string,
  context: Context,
  about?: Subject,
): PredictionOutcome {
  const s = about ?? h.subjects(context)[0];
  const p = h.predictions.find((x) => x.id === prediction);
  if (!s) throw new Error(`${h.id} binds to nothing here`);
  if (!p) throw new Error(`${h.id} has no prediction ${prediction}`);
  return p.test(context, s);
}

export const wordsOf = (h: Hypothesis, context: Context): string => {
  const s = h.subjects(context)[0];
  if (!s) throw new Error(`${h.id} binds to nothing here`);
  const d = h.describe(context, s);
  return [d.title, d.statement, d.refutedIf].map(plain).join('\n');
};

/** Milliseconds a hypothesis claims, by cell. */
export function claimed(h: Hypothesis, context: Context, about?: Subject): Record<string, number> {
  const s = about ?? h.subjects(context)[0];
  if (!s) throw new Error(`${h.id} binds to nothing here`);
  const cells = new Map((context.telemetry?.cells ?? []).map((c) => [c.id, c]));
  return Object.fromEntries(
    (h.claims?.(context, s) ?? []).map((c) => [c.cell, c.share * (cells.get(c.cell)?.excess.value ?? 0)]),
  );
}
