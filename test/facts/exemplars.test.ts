import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../src/domain/index.js';
import { openStore, type Store, TABLE_NAMES } from '../../src/evidence/store/index.js';
import { exemplarFacts } from '../../src/facts/exemplars.js';
import { phasesByRole } from '../../src/facts/phases.js';
import { recordsOf } from '../../src/server/study/records.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(() => store.close());
beforeEach(async () => {
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
});

const TRACE = 'ab'.repeat(16);
const OTHER = 'cd'.repeat(16);
const AT = '2026-05-01 12:00:00.000000000';
const sources = [
  { id: 's1', role: 'baseline' },
  { id: 's2', role: 'incident' },
] as Source[];
const histogram = (over: Record<string, unknown>) => ({
  ServiceName: 'cart',
  MetricName: 'http_server_request_duration_seconds',
  MetricUnit: '',
  TimeUnix: AT,
  Count: 10,
  Sum: 2,
  KpSource: 's2',
  'Exemplars.FilteredAttributes': [{}],
  'Exemplars.TimeUnix': [AT],
  'Exemplars.Value': [1.8],
  'Exemplars.SpanId': [''],
  'Exemplars.TraceId': [TRACE],
  ...over,
});
const found = () => exemplarFacts(store, phasesByRole(sources), ['s1', 's2']);

describe('exemplars of histograms', () => {
  it('become the slowest request of each service and time, in milliseconds, with its trace', async () => {
    await store.insert('otel_metrics_histogram', [
      histogram({}),
      histogram({ 'Exemplars.Value': [0.2], 'Exemplars.TraceId': [OTHER] }),
      histogram({ KpSource: 's1', 'Exemplars.Value': [0.1], 'Exemplars.TraceId': [OTHER] }),
      histogram({
        ServiceName: 'tax',
        MetricName: 'http.server.request.duration',
        MetricUnit: 'ms',
        'Exemplars.Value': [40],
      }),
      // Not a duration.
      histogram({ ServiceName: 'tax', MetricName: 'response_size_bytes', 'Exemplars.Value': [9999] }),
      // No id of a trace.
      histogram({ ServiceName: 'odd', 'Exemplars.TraceId': ['<script>'] }),
    ]);
    const { facts, blocks } = await found();
    expect(facts.map((f) => [f.subject.name, f.phase, f.value, f.n])).toEqual([
      ['cart', 'incident', 1800, 2],
      ['cart', 'baseline', 100, 1],
      ['tax', 'incident', 40, 1],
    ]);
    const words = JSON.stringify(blocks);
    expect(words).toContain(TRACE);
    expect(words).toContain('whose spans were not given');
    expect(words).not.toContain(OTHER);
  });

  it('lead to the spans of their trace where it was given', async () => {
    await store.insert('otel_metrics_histogram', [histogram({})]);
    await store.insert('otel_traces', [
      {
        Timestamp: AT,
        TraceId: TRACE,
        SpanId: '1'.repeat(16),
        ServiceName: 'cart',
        SpanName: 'GET /cart',
        KpSource: 's2',
      },
    ]);
    const { facts } = await found();
    const [fact] = facts;
    const from = fact?.from[0];
    if (!fact || from?.kind !== 'query') throw new Error('no query');
    const records = recordsOf(fact, from.query, sources);
    expect(await store.query(records?.sql ?? '', records?.params)).toMatchObject([
      { trace: TRACE, operation: 'GET /cart' },
    ]);
  });

  it('without any there is nothing to tell', async () => {
    await store.insert('otel_metrics_histogram', [
      histogram({
        'Exemplars.FilteredAttributes': [],
        'Exemplars.TimeUnix': [],
        'Exemplars.Value': [],
        'Exemplars.SpanId': [],
        'Exemplars.TraceId': [],
      }),
    ]);
    expect(await found()).toEqual({ facts: [], blocks: [] });
  });
});
