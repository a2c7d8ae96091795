import {
  type Block,
  type Case,
  type Component,
  type Context,
  type Fact,
  type FactDraft,
  type KnowledgeIndex,
  known,
  type Phase,
  plain,
  type Reading,
  type Subject,
  stated,
  subject,
  type Unit,
} from '../../src/domain/index.js';
import { contextOf } from '../../src/method/context.js';

/** A number as the case reader would state it. */
export function said(
  name: string,
  about: Subject,
  value: number,
  unit: Unit,
  phase: Phase = 'any',
  more: Partial<FactDraft> = {},
): Fact {
  return stated(
    { name, subject: about, value, unit, phase, ...more },
    { kind: 'input', input: 'current_metrics', start: 0, end: 1, text: String(value) },
  );
}

export const part = (s: Subject, layer: Component['layer'], more: Partial<Component> = {}): Component => ({
  subject: s,
  kind: s.kind,
  layer,
  roles: [],
  places: [],
  ...more,
});

export const PLACE = { input: 'current_metrics' as const, start: 0, end: 1, text: 'x' };

export interface MadeCase extends Partial<Omit<Case, 'app' | 'appName'>> {
  app?: Subject;
}

/** Knowledge of a few products, enough for the readings under test. */
export const KNOWN: KnowledgeIndex = {
  fact: (product, key) => {
    const table: Record<string, [number, Unit]> = {
      'postgresql/connections.limit': [100, 'count'],
      'mysql/connections.limit': [151, 'count'],
    };
    const hit = table[`${product}/${key}`];
    return hit
      ? known(
          { name: key, subject: subject('database', product), value: hit[0], unit: hit[1] },
          `${product} documentation`,
          '2025-01-01',
        )
      : undefined;
  },
  product: (id) => ({
    id,
    name: id,
    kind: 'database',
    layer: 'database',
    traits: id === 'postgresql' || id === 'mysql' ? ['sql'] : [],
  }),
  traps: () => [],
};

export function madeContext(made: MadeCase, knowledge: KnowledgeIndex = KNOWN): Context {
  const app = made.app ?? subject('system', 'shop');
  return contextOf(
    {
      appName: app.name,
      app,
      inputs: {},
      facts: [],
      components: [],
      links: [],
      symptoms: [],
      changes: [],
      constraints: [],
      classes: [],
      tools: [],
      traits: [],
      notUnderstood: [],
      ...made,
    },
    knowledge,
  );
}

/** A reading as plain lines, for reading and for comparing. */
export function plainReading(r: Reading): string {
  return [
    `[${r.weight.toFixed(2)}] ${r.id} (${r.topic})`,
    `  ${plain(r.headline)}`,
    ...r.arithmetic.flatMap(plainBlock).map((l) => `    ${l}`),
    ...r.assumptions.map((a) => `  assumes: ${plain(a)}`),
    ...r.bearings.map(
      (b) => `  bears: ${b.hypothesis} @ ${b.subject.id} ${b.logLikelihoodRatio}: ${plain(b.because)}`,
    ),
    ...r.questions.map(
      (q) =>
        `  asks [${q.weight}] ${q.id}: ${plain(q.question)} — ${plain(q.matters)}${q.command ? ` $ ${plain(q.command)}` : ''}`,
    ),
  ].join('\n');
}

function plainBlock(b: Block): string[] {
  switch (b.kind) {
    case 'table':
      return [
        ...(b.caption ? [plain(b.caption)] : []),
        b.columns.map((c) => c.title).join(' | '),
        ...b.rows.map((row) => row.map(plain).join(' | ')),
      ];
    case 'list':
      return b.items.map((i) => `- ${plain(i)}`);
    case 'details':
      return b.blocks.flatMap(plainBlock);
    case 'plan':
      return [plain(b.title), ...b.steps.map((s) => plain(s.name))];
    default:
      return [plain(b.text)];
  }
}

/** The headline without narrow spaces, so that tests can be written on a keyboard. */
export const headlineOf = (r: Reading | undefined): string =>
  r ? plain(r.headline).replaceAll('\u202f', ' ') : '';
