import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  type Advice,
  type Block,
  type Constraint,
  type Context,
  EFFORTS,
  LAYERS,
  plain,
  RISKS,
  type Segment,
  type Subject,
  say,
  type Text,
} from '../../src/domain/index.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { KNOWLEDGE } from '../../src/knowledge/index.js';
import { REMEDIES } from '../../src/remedies/registry.js';
import { seen } from '../hypotheses/made.js';
import { CONTEXTS, HOSTILE, hostile } from '../hypotheses/worlds.js';

const FOLDER = fileURLToPath(new URL('../../src/remedies', import.meta.url));
type Remedy = (typeof REMEDIES)[number];
interface Binding {
  world: string;
  context: Context;
  r: Remedy;
  s: Subject;
  hypothesis: string;
}

/** Every remedy for every cause that names it, in every world, where nothing rules it out. */
const bindingsIn = (contexts: readonly (readonly [string, Context])[]): Binding[] =>
  contexts.flatMap(([world, context]) =>
    HYPOTHESES.flatMap((h) =>
      h.subjects(context).flatMap((s) =>
        h.remedies.flatMap((id) => {
          const r = REMEDIES.find((x) => x.id === id);
          return r && !r.blocked?.(context, s) ? [{ world, context, r, s, hypothesis: h.id }] : [];
        }),
      ),
    ),
  );
const bindings = bindingsIn(CONTEXTS);
const adviceOf = (b: Binding, claimed = false): Advice =>
  b.r.advise(b.context, {
    finding: `${b.hypothesis}/${b.s.id}`,
    hypothesis: b.hypothesis,
    subject: b.s,
    supported: claimed,
    changes: b.context.changes.slice(0, 1),
    ...(claimed ? { claim: seen('excess.claim', b.s, 150, 'ms') } : {}),
  });
const each = REMEDIES.map((r) => [r.id, r] as const);

describe('the catalogue of remedies', () => {
  test('has one file for each entry, named after its id, in the folder of its layer', () => {
    const files = readdirSync(FOLDER, { recursive: true })
      .map((f) => String(f).replaceAll('\\', '/'))
      .filter((f) => LAYERS.some((l) => f.startsWith(`${l}/`)) && f.endsWith('.ts'))
      .sort();
    expect(REMEDIES.map((r) => `${r.layer}/${r.id}.ts`).sort()).toEqual(files);
    expect(new Set(REMEDIES.map((r) => r.id)).size).toBe(REMEDIES.length);
  });

  test('has every remedy that a hypothesis names, and none that no hypothesis names', () => {
    const named = new Set(HYPOTHESES.flatMap((h) => h.remedies));
    const there = new Set(REMEDIES.map((r) => r.id));
    expect([...named].filter((id) => !there.has(id))).toEqual([]);
    expect([...there].filter((id) => !named.has(id))).toEqual([]);
  });

  test.each(each)('%s is advised in one of the worlds', (id) => {
    expect(bindings.some((b) => b.r.id === id)).toBe(true);
  });

  test.each(each)('%s says what it takes and what can go wrong', (_, r) => {
    expect(EFFORTS).toContain(r.effort);
    expect(RISKS).toContain(r.risk);
    for (const b of bindings.filter((x) => x.r === r)) {
      const a = adviceOf(b);
      for (const text of [a.title, a.description, a.benefit, a.riskText, a.effortText, a.verification])
        expect(plain(text).length, `${b.world} ${b.s.id}`).toBeGreaterThan(20);
      expect(a.design.length, b.world).toBeGreaterThan(0);
      expect(JSON.stringify(withoutFacts(a))).not.toMatch(/undefined|\[object|NaN|Infinity/);
    }
  });

  test.each(each)('%s: no sentence would fit any service unchanged', (_, r) => {
    for (const b of bindings.filter((x) => x.r === r))
      for (const text of proseOf(adviceOf(b)))
        expect(
          text.some((x) => typeof x === 'object'),
          `${b.world}: ${plain(text)}`,
        ).toBe(true);
  });

  test.each(each)('%s: every number is that of a fact', (_, r) => {
    for (const b of bindings.filter((x) => x.r === r))
      for (const claimed of [false, true])
        for (const text of textsOf(adviceOf(b, claimed))) {
          for (const segment of text)
            if (isNumber(segment)) {
              expect(segment.fact, `${b.world} ${segment.n}`).toBeDefined();
              expect(Number.isFinite(segment.fact?.value), `${b.world} ${segment.n}`).toBe(true);
            }
        }
  });

  test.each(each)('%s: own words hold no figures', (_, r) => {
    for (const b of bindings.filter((x) => x.r === r)) {
      const a = adviceOf(b);
      for (const text of proseOf(a))
        for (const segment of text)
          if (typeof segment === 'string') expect(figuresIn(segment), segment).toEqual([]);
      for (const text of codeOf(a))
        for (const segment of text)
          if (typeof segment === 'string') expect(tunablesIn(segment), segment).toEqual([]);
    }
  });

  test.each(each)('%s: what others wrote stays in names and quotes, and out of code', (_, r) => {
    for (const b of bindingsIn(hostile.map((c) => ['hostile', c] as const)).filter((x) => x.r === r)) {
      const a = adviceOf(b);
      for (const text of textsOf(a))
        for (const segment of text) {
          if (typeof segment === 'string') expect(segment).not.toContain(HOSTILE);
          if (isNumber(segment)) expect(segment.n).not.toContain(HOSTILE);
        }
      for (const text of codeOf(a)) expect(plain(text), `${b.hypothesis} ${b.s.id}`).not.toContain(HOSTILE);
    }
  });

  test.each(each)('%s: the same case gives the same advice', (_, r) => {
    for (const b of bindings.filter((x) => x.r === r).slice(0, 3))
      expect(withoutFacts(adviceOf(b))).toEqual(withoutFacts(adviceOf(b)));
  });

  test.each(each)('%s: nothing known gives advice without numbers, not an error', (_, r) => {
    for (const b of bindings.filter((x) => x.r === r).slice(0, 6)) {
      const bare: Context = {
        ...b.context,
        case: { ...b.context.case, facts: [], symptoms: [], traits: [] },
        facts: { all: [], find: () => undefined, every: () => [] },
        symptoms: [],
        constraints: [],
        classes: [],
      };
      const { telemetry: _t, ...untold } = bare;
      expect(() => textsOf(adviceOf({ ...b, context: untold }))).not.toThrow();
    }
  });
});

describe('constraints of the case', () => {
  const first = CONTEXTS[0];
  if (!first) throw new Error('no world');
  const [, said] = first;
  const under = (constraint: Partial<Constraint> & Pick<Constraint, 'kind' | 'text'>): Context => ({
    ...said,
    knowledge: KNOWLEDGE,
    constraints: [
      { facts: [], place: { input: 'constraints', start: 0, end: 1, text: constraint.text }, ...constraint },
    ],
  });
  const store = said.components.find((c) => c.subject.kind === 'database')?.subject ?? said.app;
  const remedy = (id: string): Remedy => {
    const found = REMEDIES.find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };
  const why = (id: string, context: Context, s: Subject = store): string =>
    plain(remedy(id).blocked?.(context, s) ?? say`free`);

  test('without any, what the catalogue offers for a slow database is open', () => {
    for (const id of ['add-index', 'connection-pooler', 'spread-hot-partition'])
      expect(why(id, { ...said, constraints: [] }), id).toBe('free');
  });

  test('no schema changes: no index, no other partition key, and the constraint is quoted', () => {
    const context = under({ kind: 'component-fixed', text: 'no schema changes this quarter' });
    for (const id of ['add-index', 'spread-hot-partition'])
      expect(why(id, context), id).toContain('“no schema changes this quarter”');
  });

  test('no new component: no pooler', () => {
    const context = under({ kind: 'no-new-component', text: 'no new infrastructure components' });
    expect(why('connection-pooler', context)).toContain('“no new infrastructure components”');
  });

  test('a part that may not change is not rebalanced', () => {
    const cache = said.components.find((c) => c.subject.kind === 'cache')?.subject ?? said.app;
    const context = under({ kind: 'component-fixed', text: 'Redis layout is frozen', subject: cache });
    expect(why('rebalance-load', context, cache)).toContain('“Redis layout is frozen”');
  });

  test('limits on hardware: no more memory, no larger quota', () => {
    const context = under({ kind: 'hardware-limit', text: 'CPU and memory limits stay as they are' });
    expect(why('raise-cpu-quota', context)).toContain('“CPU and memory limits');
    expect(why('raise-memory-limit', context)).toContain('“CPU and memory limits');
  });

  test('a cost limit of nothing: no standing capacity; a limit with room: by the hour', () => {
    const limit = (value: number): Context => {
      const fact = { ...seen('cost.change', said.app, value, 'ratio', 'target'), origin: 'stated' as const };
      const every: Context['facts']['every'] = (q) =>
        q.name === 'cost.change' ? [fact] : said.facts.every(q);
      return {
        ...said,
        constraints: [],
        facts: { all: [...said.facts.all, fact], every, find: (q) => every(q)[0] },
      };
    };
    expect(why('scale-out-service', limit(0), said.app)).toMatch(/costs more/);
    expect(why('scale-out-service', limit(0.15), said.app)).toBe('free');
    const advice = remedy('scale-out-service').advise(limit(0.15), {
      finding: 'f',
      hypothesis: 'cpu-saturation',
      subject: said.app,
      supported: false,
    });
    expect(plain(advice.riskText)).toMatch(/hours a week/);
  });

  test('a pinned version is quoted where settings depend on it', () => {
    const context = under({ kind: 'version-pinned', text: 'must stay on Java 17' });
    const jvm = said.components.find((c) => c.runtime === 'jvm')?.subject ?? said.app;
    const advice = remedy('tune-collector').advise(context, {
      finding: 'f',
      hypothesis: 'gc-pressure',
      subject: jvm,
      supported: false,
    });
    expect(plain(advice.riskText)).toContain('“must stay on Java 17”');
  });
});

const isNumber = (s: Segment): s is Extract<Segment, { n: string }> => typeof s === 'object' && 'n' in s;

/** What a person reads: sentences, list items, captions; a table counts by the row. */
const proseOf = (a: Advice): Text[] => [
  a.title,
  a.description,
  a.benefit,
  a.riskText,
  a.effortText,
  a.verification,
  ...a.design.flatMap(proseIn),
];
function proseIn(b: Block): Text[] {
  switch (b.kind) {
    case 'paragraph':
    case 'heading':
      return [b.text];
    case 'list':
      return b.items;
    case 'table':
      // The caption or a cell of each row ties the table to the case.
      return [[...(b.caption ?? []), ...b.rows.flat().flat()]];
    case 'code':
      return b.caption ? [b.caption] : [];
    case 'details':
      return [b.summary, ...b.blocks.flatMap(proseIn)];
    case 'plan':
      return [b.title];
  }
}
const codeOf = (a: Advice): Text[] => [
  ...(a.verifyCommand ? [a.verifyCommand] : []),
  ...a.design.flatMap((b) => (b.kind === 'code' ? [b.text] : [])),
];
const textsOf = (a: Advice): Text[] => [...proseOf(a), ...codeOf(a)];

const withoutFacts = (a: Advice): unknown =>
  JSON.parse(JSON.stringify(a, (k, v) => (k === 'fact' || k === 'inputs' || k === 'forecast' ? null : v)));

/** Digits of our own words, but those inside names: p99, HTTP/2, G1. */
const figuresIn = (words: string): string[] =>
  words.replace(/[\p{L}_/]+\d[\p{L}\d.]*/gu, '').match(/\d+/g) ?? [];

/** In code a bare one or nought, a factor of two or a default named in a comment is syntax; other figures are tunables. */
const tunablesIn = (words: string): string[] =>
  (
    words
      .replace(/(?:#|\/\/|--|;)\s.*$/gm, '')
      .replace(/[\p{L}_$@/][\p{L}\d_./-]*\d[\p{L}\d_.]*/gu, '')
      .match(/\d+(\.\d+)?/g) ?? []
  ).filter((n) => !/^[012]$/.test(n));
