import { describe, expect, test } from 'vitest';
import {
  constant,
  derived,
  indexFacts,
  measured,
  name,
  num,
  plain,
  range,
  say,
  stated,
  subject,
} from '../../src/domain/index.js';

const api = subject('service', 'checkout');
const place = { kind: 'input', input: 'current_metrics', start: 0, end: 3, text: '1.8' } as const;

describe('texts', () => {
  test('a number in a text carries the id of its fact', () => {
    const p99 = stated(
      { name: 'latency.p99', subject: api, value: 1800, unit: 'ms', phase: 'incident' },
      place,
    );
    const text = say`p99 of ${name(api.name)} is ${num(p99)}.`;
    expect(plain(text).replaceAll('\u202f', ' ')).toBe('p99 of checkout is 1 800 ms.');
    expect(text.find((s) => typeof s === 'object' && 'n' in s)).toMatchObject({ ref: p99.id });
  });

  test('an interval names its unit once', () => {
    const f = {
      ...measured({ name: 'x', subject: api, value: 1000, unit: 'ms' }, []),
      interval: [900, 1150] as [number, number],
    };
    expect(range(f).n.replaceAll('\u202f', ' ')).toBe('900–1 150 ms');
  });

  test('a fact derived from something only said is not called measured', () => {
    const said = stated({ name: 'throughput', subject: api, value: 10, unit: '1/s' }, place);
    const seen = measured({ name: 'latency.mean', subject: api, value: 2, unit: 'ms' }, []);
    const factor = constant('method.factor', 2, 'factor', 'a book');
    const draft = { name: 'busy', subject: api, value: 0.02, unit: 'count' } as const;
    expect(derived(draft, 'rate × time', [said, seen]).basis).toBe('stated');
    expect(derived(draft, 'rate × time', [seen, factor]).basis).toBe('measured');
  });
});

describe('the fact index', () => {
  test('prefers the phase asked first, then measured over stated', () => {
    const said = stated(
      { name: 'latency.p99', subject: api, value: 1800, unit: 'ms', phase: 'incident' },
      place,
    );
    const seen = measured(
      { name: 'latency.p99', subject: api, value: 1700, unit: 'ms', phase: 'incident' },
      [],
    );
    const before = measured(
      { name: 'latency.p99', subject: api, value: 480, unit: 'ms', phase: 'baseline' },
      [],
    );
    const facts = indexFacts([said, before, seen]);
    expect(facts.find({ name: 'latency.p99', phase: ['incident', 'baseline'] })).toBe(seen);
    expect(facts.find({ name: 'latency.p99', phase: ['baseline'] })).toBe(before);
    expect(facts.find({ name: 'latency.p95' })).toBeUndefined();
  });
});
