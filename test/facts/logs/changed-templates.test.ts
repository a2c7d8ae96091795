import { describe, expect, it } from 'vitest';
import { type LogLine, templateCounter } from '../../../src/facts/logs/changed-templates.js';

const SPANS = { baseline: [0, 1_000_000], incident: [1_000_000, 2_000_000] } as {
  baseline: [number, number];
  incident: [number, number];
};
/** `count` lines spread evenly over a phase. */
function lines(
  phase: LogLine['phase'],
  count: number,
  message: (i: number) => string,
  severity = 'INFO',
): LogLine[] {
  const [from, to] = SPANS[phase];
  return Array.from({ length: count }, (_, i) => ({
    atMs: from + ((i + 0.5) / count) * (to - from),
    phase,
    service: 'orders',
    severity,
    message: message(i),
    traceId: `t${i}`,
  }));
}
function compare(...all: LogLine[][]) {
  const counter = templateCounter(SPANS);
  for (const line of all.flat().sort((a, b) => a.atMs - b.atMs)) counter.add(line);
  return counter.changes();
}
const served = (phase: LogLine['phase'], count: number) => [
  ...lines(phase, count, (i) => `served order ${i}`),
  ...lines(phase, count, (i) => `stored order ${i} in table`),
  ...lines(phase, count, (i) => `cache hit ratio now ${i} percent`),
];

describe('log templates that changed', () => {
  it('names a message that is new, with the time it was first seen', () => {
    const { changed } = compare(
      served('baseline', 200),
      served('incident', 200),
      lines('incident', 40, (i) => `pool exhausted after ${i} ms`, 'ERROR'),
    );
    expect(changed.map((c) => [c.kind, c.template, c.during])).toEqual([
      ['new', 'pool exhausted after <*> ms', 40],
    ]);
    expect(changed[0]?.atMs).toBe(1_012_500);
  });
  it('names a message that vanished', () => {
    const { changed } = compare(
      served('baseline', 200),
      served('incident', 200),
      lines('baseline', 60, (i) => `heartbeat of worker ${i}`),
    );
    expect(changed.map((c) => [c.kind, c.template])).toEqual([['gone', 'heartbeat of worker <*>']]);
  });
  it('stays silent when all messages grow with the load', () => {
    expect(compare(served('baseline', 100), served('incident', 400)).changed).toEqual([]);
  });
  it('takes a burst for one event', () => {
    const burst = lines('incident', 500, () => 'retrying upload').map((l) => ({ ...l, atMs: 1_500_000 }));
    expect(compare(served('baseline', 200), served('incident', 200), burst).changed).toEqual([]);
  });
  it('puts what reports trouble first', () => {
    const { changed } = compare(
      served('baseline', 200),
      served('incident', 200),
      lines('incident', 90, (i) => `feature flag ${i} evaluated`),
      lines('incident', 30, (i) => `lock wait timeout exceeded for row ${i}`, 'ERROR'),
    );
    expect(changed[0]?.template).toBe('lock wait timeout exceeded for row <*>');
  });
});
