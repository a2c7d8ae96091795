import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Case,
  type Cell,
  type Context,
  constant,
  type Hypothesis,
  type KnowledgeIndex,
  measured,
  num,
  type Prediction,
  plain,
  type Result,
  say,
  subject,
  type Telemetry,
} from '../../src/domain/index.js';
import { settleBudget } from '../../src/method/budget.js';
import { contextOf, NOTHING_MEASURED } from '../../src/method/context.js';
import { infer } from '../../src/method/infer.js';
import { informationBits } from '../../src/method/measure.js';
import { settle } from '../../src/method/settle.js';
import { verdictOf } from '../../src/method/verdict.js';

const app = subject('service', 'shop');
const bare: Case = {
  appName: 'shop',
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
};
const nothingKnown: KnowledgeIndex = { fact: () => undefined, product: () => undefined, traps: () => [] };
const ms = (name: string, value: number, interval?: [number, number]) =>
  measured({ name, subject: app, value, unit: 'ms', ...(interval ? { interval } : {}) }, []);

function cell(id: string, baseline: number, incident: number): Cell {
  return {
    id,
    service: 'shop',
    operation: 'POST /buy',
    kind: 'database',
    baseline: ms(`${id}.before`, baseline),
    incident: ms(`${id}.now`, incident),
    excess: ms(`${id}.excess`, incident - baseline),
    baselineCount: ms(`${id}.countBefore`, 1),
    incidentCount: ms(`${id}.countNow`, 1),
  };
}

function telemetry(cells: Cell[], interval?: [number, number]): Telemetry {
  const before = cells.reduce((a, c) => a + c.baseline.value, 0);
  const now = cells.reduce((a, c) => a + c.incident.value, 0);
  return {
    entry: subject('operation', 'POST /buy', 'shop'),
    cells,
    excess: {
      total: ms('total', now - before, interval),
      baseline: ms('before', before),
      incident: ms('now', now),
      percentile: 95,
    },
    patterns: [],
    hasBaseline: true,
  };
}

const prediction = (
  id: string,
  outcome: 'seen' | 'absent' | 'unmeasured',
  necessary = false,
): Prediction => ({
  id,
  necessary,
  whenSeen: 3,
  whenAbsent: -3,
  test: () => ({ outcome, says: say`${id} expected`, facts: outcome === 'unmeasured' ? [] : [ms(id, 1)] }),
  measure: () => ({
    layer: 'api',
    question: say`is ${id} there`,
    signal: say`signal`,
    tool: 'tool',
    command: say`look ${id}`,
    language: 'bash',
    window: say`one window`,
    decides: say`it is there`,
    effortMinutes: 5,
  }),
});

const hypothesis = (
  id: string,
  predictions: Prediction[],
  claims: { cell: string; share: number }[] = [],
): Hypothesis => ({
  id,
  layer: 'api',
  title: id,
  mechanism: id,
  startedBy: [],
  explains: [],
  prior: 0.1,
  subjects: () => [app],
  predictions,
  describe: () => ({ title: say`${id}`, statement: say`${id}`, refutedIf: say`not` }),
  claims: () => claims,
  remedies: [],
});

const context = (t?: Telemetry): Context =>
  contextOf(bare, nothingKnown, { ...NOTHING_MEASURED, ...(t ? { telemetry: t } : {}) });

describe('inference', () => {
  test('missing evidence leaves the prior as it was and gives no verdict', () => {
    const [j] = infer([hypothesis('h', [prediction('p', 'unmeasured', true)])], context());
    expect(j?.finding.probability).toBeCloseTo(0.1);
    expect(j?.finding.verdict).toBe('untested');
  });

  test('a decisive measured sign supports; a necessary one that is absent refutes', () => {
    const [yes, no] = infer(
      [
        hypothesis('yes', [prediction('p', 'seen')]),
        hypothesis('no', [prediction('q', 'seen'), prediction('p', 'absent', true)]),
      ],
      context(),
    );
    expect(yes?.finding.verdict).toBe('supported');
    expect(no?.finding.verdict).toBe('refuted');
  });

  test('stated facts make a cause plausible, never supported', () => {
    const said = { ...prediction('p', 'seen'), whenSeen: 9 };
    const stated = {
      ...said,
      test: () => ({
        outcome: 'seen' as const,
        says: say`said`,
        facts: [{ ...ms('p', 1), basis: 'stated' as const }],
      }),
    };
    const [j] = infer([hypothesis('h', [stated])], context());
    expect(j?.finding.verdict).toBe('plausible');
    expect(j?.finding.probability).toBeLessThan(0.7);
  });
});

describe('the excess budget', () => {
  test('shares never add to more than the excess, and what is left is unexplained', () => {
    const t = telemetry([cell('a', 10, 110), cell('b', 10, 60), cell('c', 10, 20)]);
    const judged = infer(
      [
        hypothesis('first', [prediction('p', 'seen'), prediction('q', 'seen')], [{ cell: 'a', share: 1 }]),
        hypothesis(
          'second',
          [prediction('p', 'seen')],
          [
            { cell: 'a', share: 1 },
            { cell: 'b', share: 0.5 },
          ],
        ),
      ],
      context(t),
    );
    const settled = settleBudget(judged, context(t));
    const value = (id: string) => settled?.facts.find((f) => f.id === id)?.value ?? Number.NaN;
    expect(settled?.budget.bars.map((b) => Math.round(value(b.ms)))).toEqual([100, 25]);
    expect(value(settled?.budget.unexplainedMs ?? '')).toBeCloseTo(160 - 125);
  });

  test('a cause gets what it alone would bring; what only goes with others is set apart', () => {
    const t = {
      ...telemetry([cell('a', 10, 110), cell('b', 10, 60)]),
      removal: (claims: readonly { cell: string; share: number }[]) =>
        claims.reduce((sum, c) => sum + c.share * (c.cell === 'a' ? 90 : 20), 0),
    };
    const judged = infer(
      [
        hypothesis('first', [prediction('p', 'seen'), prediction('q', 'seen')], [{ cell: 'a', share: 1 }]),
        hypothesis('second', [prediction('p', 'seen')], [{ cell: 'b', share: 1 }]),
      ],
      context(t),
    );
    const settled = settleBudget(judged, context(t));
    const value = (id: string | undefined) => settled?.facts.find((f) => f.id === id)?.value ?? Number.NaN;
    expect(settled?.budget.bars.map((b) => Math.round(value(b.ms)))).toEqual([90, 20]);
    expect(value(settled?.budget.jointMs)).toBeCloseTo(40);
    expect(value(settled?.budget.unexplainedMs)).toBeCloseTo(0);
  });

  test('a rival that another cause has explained away is ruled out and names it', () => {
    const t = telemetry([cell('a', 10, 110)]);
    const judged = infer(
      [
        hypothesis('cause', [prediction('p', 'seen'), prediction('q', 'seen')], [{ cell: 'a', share: 1 }]),
        hypothesis('symptom', [prediction('p', 'seen')], [{ cell: 'a', share: 1 }]),
      ],
      context(t),
    );
    settleBudget(judged, context(t));
    expect(judged[1]?.finding).toMatchObject({ verdict: 'refuted', rival: 'cause/service:shop' });
  });

  test('an excess whose interval reaches zero names no cause', () => {
    const t = telemetry([cell('a', 100, 112)], [-5, 30]);
    const ctx = context(t);
    const judged = infer([hypothesis('h', [prediction('p', 'seen')], [{ cell: 'a', share: 1 }])], ctx);
    const settled = settleBudget(judged, ctx);
    expect(
      verdictOf(
        judged.map((j) => j.finding),
        ctx,
        settled,
      ).kind,
    ).toBe('no-cause');
    expect(judged[0]?.finding.verdict).toBe('refuted');
  });

  test('property: claims stay within the excess whatever is claimed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 6 }),
        fc.array(fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 }), {
          maxLength: 5,
        }),
        (cells, claims) => {
          const t = telemetry(cells.map(([b, i], n) => cell(`c${n}`, b, i)));
          const judged = infer(
            claims.map((c, n) =>
              hypothesis(
                `h${n}`,
                [prediction('p', 'seen')],
                c.map((share, k) => ({ cell: `c${k}`, share })),
              ),
            ),
            context(t),
          );
          const settled = settleBudget(judged, context(t));
          const claimed = judged.reduce((sum, j) => sum + (j.finding.claim?.ms ?? 0), 0);
          const grown = t.cells.reduce((sum, c) => sum + Math.max(0, c.excess.value), 0);
          expect(settled).toBeDefined();
          expect(claimed).toBeLessThanOrEqual(grown + 1e-6);
        },
      ),
    );
  });
});

describe('the measurement plan', () => {
  test('a test that decides tells one bit at even odds, one that says nothing tells none', () => {
    expect(informationBits(0.5, 20, -20)).toBeCloseTo(1, 3);
    expect(informationBits(0.5, 0, 0)).toBe(0);
    expect(informationBits(0.01, 2, -2)).toBeLessThan(informationBits(0.5, 2, -2));
  });
});

describe('settling', () => {
  test('keeps every fact that a text rests on, once, with what it was computed from', () => {
    const limit = constant('method.limit', 0.65, 'ratio', 'a book');
    const open = {
      facts: [],
      verdict: { text: say`at most ${num(limit)}, again ${num(limit)}` },
    } as unknown as Result;
    const result = settle(open);
    expect(result.facts).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('"fact"');
    expect(plain(result.verdict.text)).toContain('65');
  });

  test('two different facts with one id are told apart', () => {
    const a = ms('same', 1);
    const b = ms('same', 2);
    const result = settle({ facts: [a], verdict: { text: say`${num(a)} ${num(b)}` } } as unknown as Result);
    expect(result.facts.map((f) => f.value).sort()).toEqual([1, 2]);
    expect(new Set(result.facts.map((f) => f.id)).size).toBe(2);
  });
});
