import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSpans } from '../../src/evidence/checks.js';
import { openStore, type Store } from '../../src/evidence/store/index.js';
import { seededRandom } from '../../src/models/random.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(async () => {
  await store.close();
});

interface Row {
  trace: string;
  id: string;
  parent: string;
  start: number;
}

/** Traces whose spans name any span as their parent: themselves, one of the trace, one that is nowhere, or none. */
function anyTraces(count: number): Row[] {
  const random = seededRandom(11);
  const pick = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: count }, (_, trace) => {
    const spans = 1 + pick(9);
    return Array.from(
      { length: spans },
      (_, i): Row => ({
        trace: `t${trace}`,
        id: `s${pick(20) === 0 ? pick(spans) : i}`,
        parent: ['', `s${pick(spans)}`, `s${pick(spans)}`, 'nowhere'][pick(4)] ?? '',
        start: 1_700_000_000 + pick(4),
      }),
    );
  }).flat();
}

/** Follows the parents of every span, of equal ids to the span written first. */
function expected(rows: readonly Row[]): { duplicates: number; inCircle: number } {
  let duplicates = 0;
  let inCircle = 0;
  for (const trace of new Set(rows.map((r) => r.trace))) {
    const spans = rows.filter((r) => r.trace === trace);
    duplicates += spans.length - new Set(spans.map((s) => s.id)).size;
    const parentOf = (span: Row | undefined) => spans.find((s) => s.id === span?.parent);
    for (const span of spans) {
      let up: Row | undefined = span;
      for (let step = 0; step <= spans.length; step++) up = parentOf(up);
      if (up) inCircle++;
    }
  }
  return { duplicates, inCircle };
}

describe('spans as a whole', () => {
  it('are told how many share their id, and how many are in or below a circle of parents', async () => {
    const rows = anyTraces(400);
    const { duplicates, inCircle } = expected(rows);
    expect(Math.min(duplicates, inCircle)).toBeGreaterThan(10);
    await store.insert(
      'otel_traces',
      rows.map((r) => ({
        // In the order of the rows: the table is sorted by name.
        SpanName: String(rows.indexOf(r)).padStart(6, '0'),
        TraceId: r.trace,
        SpanId: r.id,
        ParentSpanId: r.parent,
        Timestamp: r.start,
        KpSource: 's1',
      })),
    );
    expect(await checkSpans(store, 's1')).toEqual([
      ['duplicate-span', duplicates],
      ['parent-cycle', inCircle],
    ]);
    expect(await checkSpans(store, 's2')).toEqual([]);
  });
});
