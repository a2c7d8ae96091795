import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Context, LAYERS, plain, type Segment, type Text } from '../../src/domain/index.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { CONTEXTS, HOSTILE, hostile, inSeconds, ofSeveralWords, silent } from './worlds.js';

const FOLDER = fileURLToPath(new URL('../../src/hypotheses', import.meta.url));

/** Every hypothesis bound to every subject that it finds in any of the worlds. */
const bindings = CONTEXTS.flatMap(([world, context]) =>
  HYPOTHESES.flatMap((h) => h.subjects(context).map((s) => ({ world, context, h, s }))),
);

describe('the catalogue of hypotheses', () => {
  test('has one file for each entry, named after its id, in the folder of its layer', () => {
    const files = readdirSync(FOLDER, { recursive: true })
      .map((f) => String(f).replaceAll('\\', '/'))
      .filter((f) => LAYERS.some((l) => f.startsWith(`${l}/`)) && f.endsWith('.ts'))
      .sort();
    expect(HYPOTHESES.map((h) => `${h.layer}/${h.id}.ts`).sort()).toEqual(files);
    expect(new Set(HYPOTHESES.map((h) => h.id)).size).toBe(HYPOTHESES.length);
    expect(HYPOTHESES.length).toBeGreaterThanOrEqual(32);
    expect(new Set(HYPOTHESES.map((h) => h.layer))).toEqual(new Set(LAYERS));
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))('%s declares weights that mean something', (_, h) => {
    expect(h.prior).toBeGreaterThanOrEqual(0.01);
    expect(h.prior).toBeLessThanOrEqual(0.3);
    expect(h.startedBy.length).toBeGreaterThan(0);
    expect(h.explains.length).toBeGreaterThan(0);
    expect(h.remedies.length).toBeGreaterThan(0);
    expect(h.predictions.length).toBeGreaterThanOrEqual(2);
    expect(h.predictions.length).toBeLessThanOrEqual(5);
    expect(new Set(h.predictions.map((p) => p.id)).size).toBe(h.predictions.length);
    for (const p of h.predictions) {
      expect(p.whenSeen, p.id).toBeGreaterThan(0);
      expect(p.whenSeen, p.id).toBeLessThanOrEqual(4);
      expect(p.whenAbsent, p.id).toBeLessThan(0);
      expect(p.whenAbsent, p.id).toBeGreaterThanOrEqual(-4);
    }
    // One sign that is decisive when measured, or the cause can never be supported.
    expect(Math.max(...h.predictions.map((p) => p.whenSeen))).toBeGreaterThanOrEqual(1.5);
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))(
    '%s is bound to something in one of the worlds',
    (id) => {
      expect(bindings.some((b) => b.h.id === id)).toBe(true);
    },
  );

  test('binds to a subject once, and to the same ones each time', () => {
    for (const [, context] of CONTEXTS)
      for (const h of HYPOTHESES) {
        const ids = h.subjects(context).map((s) => s.id);
        expect(new Set(ids).size, h.id).toBe(ids.length);
        expect(h.subjects(context).map((s) => s.id)).toEqual(ids);
      }
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))('%s: missing evidence supports nothing', (_, h) => {
    for (const b of bindings.filter((x) => x.h === h)) {
      const bare = without(b.context);
      for (const p of h.predictions) {
        const outcome = p.test(bare, b.s);
        expect(outcome.outcome, `${b.world} ${p.id}`).toBe('unmeasured');
        expect(outcome.says.length, p.id).toBeGreaterThan(0);
        expect(outcome.facts).toEqual([]);
      }
      expect(h.claims?.(bare, b.s) ?? []).toEqual([]);
      expect(() => h.describe(bare, b.s)).not.toThrow();
    }
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))(
    '%s: outcomes do not depend on the unit of time',
    (_, h) => {
      for (const b of bindings.filter((x) => x.h === h)) {
        const other = inSeconds(b.context);
        expect(h.subjects(other).map((s) => s.id)).toEqual(h.subjects(b.context).map((s) => s.id));
        for (const p of h.predictions)
          expect(p.test(other, b.s).outcome, `${b.world} ${p.id}`).toBe(p.test(b.context, b.s).outcome);
        const shares = (c: Context) => (h.claims?.(c, b.s) ?? []).map((x) => [x.cell, x.share.toFixed(9)]);
        expect(shares(other)).toEqual(shares(b.context));
      }
    },
  );

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))('%s: a healthy system gives no sign', (_, h) => {
    for (const [world, context] of silent)
      for (const s of h.subjects(context))
        for (const p of h.predictions)
          expect(p.test(context, s).outcome, `${world} ${s.id} ${p.id}`).not.toBe('seen');
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))(
    '%s: what others wrote stays in names and quotes',
    (_, h) => {
      for (const context of hostile)
        for (const s of h.subjects(context)) {
          for (const text of textsOf(h, s, context))
            for (const segment of text) {
              if (typeof segment === 'string') expect(segment).not.toContain(HOSTILE);
              if (typeof segment === 'object' && 'n' in segment) expect(segment.n).not.toContain(HOSTILE);
            }
          for (const p of h.predictions)
            for (const segment of p.measure(context, s).command)
              expect(JSON.stringify(segment), `${p.id} puts a name into a command`).not.toContain(HOSTILE);
        }
    },
  );

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))('%s: own words hold no figures', (_, h) => {
    for (const b of bindings.filter((x) => x.h === h)) {
      for (const text of textsOf(h, b.s, b.context))
        for (const segment of text)
          if (typeof segment === 'string') expect(figuresIn(segment), segment).toEqual([]);
      for (const p of h.predictions)
        for (const segment of p.measure(b.context, b.s).command)
          if (typeof segment === 'string') expect(tunablesIn(segment), segment).toEqual([]);
    }
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))('%s: each prediction can be measured', (_, h) => {
    for (const b of bindings.filter((x) => x.h === h))
      for (const p of h.predictions) {
        const m = p.measure(b.context, b.s);
        for (const text of [m.question, m.signal, m.command, m.window, m.decides])
          expect(JSON.stringify(text).length, p.id).toBeGreaterThan(15);
        expect(m.tool).not.toBe('');
        expect(m.language).not.toBe('');
        expect(m.effortMinutes).toBeGreaterThan(0);
        expect(JSON.stringify(m), p.id).not.toMatch(/undefined|\[object|NaN/);
      }
  });

  test.each(HYPOTHESES.map((h) => [h.id, h] as const))(
    '%s: commands name a service of several words by what it is registered as',
    (_, h) => {
      for (const context of ofSeveralWords)
        for (const s of h.subjects(context))
          for (const p of h.predictions)
            expect(plain(p.measure(context, s).command), p.id).not.toContain('<service>');
    },
  );

  test('no sentence of a statement would fit any service unchanged', () => {
    for (const b of bindings) {
      const d = b.h.describe(b.context, b.s);
      for (const text of [d.title, d.statement, d.refutedIf])
        expect(
          text.some((x) => typeof x === 'object'),
          `${b.h.id}: ${JSON.stringify(text)}`,
        ).toBe(true);
      expect(JSON.stringify(d)).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test('claims name cells of the budget, each once, and at most the whole of it', () => {
    for (const b of bindings) {
      const claims = b.h.claims?.(b.context, b.s) ?? [];
      const ids = new Set((b.context.telemetry?.cells ?? []).map((c) => c.id));
      expect(new Set(claims.map((c) => c.cell)).size, b.h.id).toBe(claims.length);
      for (const c of claims) {
        expect(ids.has(c.cell), `${b.h.id} ${c.cell}`).toBe(true);
        expect(c.share).toBeGreaterThan(0);
        expect(c.share).toBeLessThanOrEqual(1);
      }
    }
  });

  test('every number shown is that of a fact', () => {
    for (const b of bindings)
      for (const text of textsOf(b.h, b.s, b.context))
        for (const segment of text)
          if (isNumber(segment)) {
            expect(segment.fact, `${b.h.id} ${segment.n}`).toBeDefined();
            expect(Number.isFinite(segment.fact?.value)).toBe(true);
          }
  });
});

const isNumber = (s: Segment): s is Extract<Segment, { n: string }> => typeof s === 'object' && 'n' in s;

function textsOf(
  h: (typeof HYPOTHESES)[number],
  s: Parameters<typeof h.describe>[1],
  context: Context,
): Text[] {
  const d = h.describe(context, s);
  return [
    d.title,
    d.statement,
    d.refutedIf,
    ...h.predictions.flatMap((p) => {
      const m = p.measure(context, s);
      return [p.test(context, s).says, m.question, m.signal, m.window, m.decides];
    }),
  ];
}

/** The same components with nothing said, seen or changed. */
const without = (context: Context): Context => {
  const { telemetry: _t, ...rest } = context;
  return {
    ...rest,
    case: { ...context.case, facts: [], symptoms: [], traits: [], changes: [] },
    facts: { all: [], find: () => undefined, every: () => [] },
    symptoms: [],
    changes: [],
    readings: [],
  };
};

/** Digits of our own words, but those inside names: p99, T0. */
const figuresIn = (words: string): string[] =>
  words.replace(/[\p{L}_]+\d[\p{L}\d.]*/gu, '').match(/\d+/g) ?? [];

/** In commands a bare one or nought is syntax (NULLIF(x, 0), redirections); every other figure is a tunable. */
const tunablesIn = (words: string): string[] =>
  (words.replace(/[\p{L}_$][\d\p{L}_-]*\d[\p{L}\d_.]*/gu, '').match(/\d+(\.\d+)?/g) ?? []).filter(
    (n) => !/^[01]$/.test(n),
  );
