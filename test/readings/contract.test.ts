import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Context,
  FACT_NAMES,
  type Fact,
  type FactName,
  PHASES,
  type Reading,
  readingSchema,
  type Subject,
  subject,
  type Text,
} from '../../src/domain/index.js';
import { factsIn } from '../../src/readings/compose.js';
import { READINGS } from '../../src/readings/registry.js';
import { madeContext, PLACE, part, said } from './made-case.js';
import { ticketShop } from './shops.js';

const all = (context: Context): Reading[] => READINGS.flatMap((r) => r.read(context));

const HYPOTHESES = new Set(
  `oversized-payload client-retries cpu-saturation event-loop-blocked gc-pressure memory-leak n-plus-one serial-calls
  thread-pool-exhausted unbounded-concurrency in-process-lock logging-hot-path inefficient-code head-of-line-queue
  low-hit-ratio ttl-too-short stampede cold-cache hot-key slow-cache-command cache-evictions slow-statement
  pool-exhausted connection-limit lock-wait long-transaction replica-unused write-saturation hot-partition
  stale-statistics cpu-throttling uneven-load scale-out-lag traffic-surge noisy-neighbour disk-saturation
  network-latency cold-start connection-setup new-dependency-call slow-dependency missing-timeout retry-amplification
  rate-limited consumer-lag partition-parallelism rebalance-storm`.split(/\s+/),
);

const app = subject('system', 'shop');
const PARTS: Subject[] = [
  subject('service', 'api'),
  subject('service', 'worker'),
  subject('database', 'db'),
  subject('cache', 'cache'),
  subject('queue', 'queue'),
  subject('dependency', 'bank'),
  subject('search', 'index'),
  subject('cdn', 'edge'),
];
const SUBJECTS: Subject[] = [
  app,
  ...PARTS,
  subject('statement', 'find order', 'db'),
  subject('host', 'node-a', 'db'),
  subject('host', 'node-b', 'db'),
  subject('class', 'read'),
  subject('class', 'write'),
  subject('operation', 'pay', 'api'),
];

const someFact = fc
  .record({
    name: fc.constantFrom(...(Object.keys(FACT_NAMES) as FactName[])),
    about: fc.constantFrom(...SUBJECTS),
    phase: fc.constantFrom(...PHASES),
    value: fc.oneof(
      fc.constant(0),
      fc.constant(1),
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
    ),
  })
  .map(({ name, about, phase, value }): Fact => said(name, about, value, FACT_NAMES[name][0], phase));

const someContext = fc.array(someFact, { minLength: 1, maxLength: 60 }).map((facts) =>
  madeContext({
    app,
    facts,
    components: PARTS.map((s) =>
      part(s, s.kind === 'database' ? 'database' : 'api', {
        product: s.kind === 'database' ? 'postgresql' : undefined,
        roles: s.name === 'worker' ? ['consumer'] : [],
      } as Partial<Parameters<typeof part>[2]>),
    ),
    classes: [
      { subject: subject('class', 'read'), kind: 'read' },
      { subject: subject('class', 'write'), kind: 'write' },
    ],
    traits: [{ trait: 'bursty', place: PLACE }],
    symptoms: [
      { kind: 'tail-latency', facts: [], place: PLACE },
      { kind: 'connections-exhausted', facts: [], place: PLACE },
    ],
    changes: [
      {
        subject: subject('change', 'bank call'),
        summary: 'bank call',
        mechanisms: ['call-added'],
        touches: ['dependency:bank'],
        origin: 'stated',
      },
      {
        subject: subject('change', 'new driver'),
        summary: 'new driver',
        mechanisms: ['library-upgrade'],
        touches: [],
        origin: 'stated',
      },
    ],
  }),
);

/** Our own words in a text: strings, without names and quotes. */
function words(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(words);
  if (value === null || typeof value !== 'object' || 'n' in value || 'name' in value || 'quote' in value)
    return [];
  return Object.entries(value)
    .filter(([key]) =>
      [
        'headline',
        'arithmetic',
        'assumptions',
        'because',
        'question',
        'matters',
        'text',
        'items',
        'rows',
        'caption',
        'blocks',
        'bearings',
        'questions',
        'summary',
        'columns',
        'title',
        'command',
      ].includes(key),
    )
    .flatMap(([, v]) => words(v));
}

function check(context: Context): void {
  const readings = all(context);
  for (const r of readings) {
    expect(readingSchema.safeParse(JSON.parse(JSON.stringify(r))).success, r.id).toBe(true);
    for (const f of factsIn(r)) expect(Number.isFinite(f.value), `${r.id}: ${f.id}`).toBe(true);
    for (const w of words(r)) {
      const figures = w.replace(/\bp\d+(\.\d+)?\b/g, '').match(/\d/);
      expect(figures, `${r.id}: ${w}`).toBeNull();
      expect(w, r.id).not.toMatch(/undefined|NaN|Infinity|∞|n\/a|\[object/);
    }
    for (const b of r.bearings) {
      expect(HYPOTHESES.has(b.hypothesis), b.hypothesis).toBe(true);
      expect(Math.abs(b.logLikelihoodRatio)).toBeLessThanOrEqual(3);
    }
    expect(r.weight).toBeGreaterThan(0);
    expect(r.weight).toBeLessThanOrEqual(1);
    expect((r.headline as Text).length).toBeGreaterThan(0);
  }
  expect(new Set(readings.map((r) => r.id)).size).toBe(readings.length);
}

describe('every reading', () => {
  it('has an id of its own and says what it is about', () => {
    expect(new Set(READINGS.map((r) => r.id)).size).toBe(READINGS.length);
    for (const r of READINGS) expect(r.about).toMatch(/^[A-Z].+\.$/);
  });

  it('keeps to the contract on a whole case', () => check(ticketShop()));

  it('keeps to the contract on any figures: finite, no figure without its fact, known hypotheses', () => {
    fc.assert(
      fc.property(someContext, (context) => check(context)),
      { numRuns: 400, seed: 7 },
    );
  });

  it('does not depend on anything but the case: the same again is the same', () => {
    const context = ticketShop();
    expect(JSON.stringify(all(context).map((r) => r.id))).toBe(
      JSON.stringify(all(ticketShop()).map((r) => r.id)),
    );
  });
});

describe('the scale of units', () => {
  /** Time told in other units: every duration × c, every rate ÷ c. What has no unit cannot change. */
  const rescaled = (context: Context, c: number): Context =>
    madeContext({
      ...context.case,
      app: context.app,
      facts: context.case.facts.map((f) => ({
        ...f,
        value:
          f.unit === 'ms' || f.unit === 's'
            ? f.value * c
            : f.unit === '1/s' || f.unit === 'bytes/s'
              ? f.value / c
              : f.value,
      })),
    });
  const free = [
    'busy-connections',
    'utilisation-at-target',
    'percentile-shape',
    'share-test',
    'error-budget',
    'requests-in-flight',
    'limits-in-order',
    'refill-crowd',
    'cost-of-scaling',
  ];
  const shown = (context: Context): string[] =>
    READINGS.filter((r) => free.includes(r.id))
      .flatMap((r) => r.read(context))
      .flatMap((r) => [
        r.id,
        ...r.bearings.map((b) => `${b.hypothesis} ${b.logLikelihoodRatio}`),
        ...factsIn(r.headline)
          .filter((f) => f.unit === 'ratio' || f.unit === 'factor' || f.unit === 'count')
          .map((f) => `${f.id} ${f.value.toPrecision(9)}`),
      ]);

  it('changes no share, count or conclusion', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (c) => {
        expect(shown(rescaled(ticketShop(1.1, 0.83), c))).toEqual(shown(ticketShop(1.1, 0.83)));
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
