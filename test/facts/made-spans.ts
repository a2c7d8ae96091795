import { afterAll } from 'vitest';
import { emptyCase } from '../../src/case/index.js';
import type { Case, Source } from '../../src/domain/index.js';
import { openStore, type Store, TABLE_NAMES } from '../../src/evidence/store/index.js';
import { type Measurement, measure } from '../../src/facts/measure.js';

/** A span as a test writes it: times in ms since the request began, children inside. */
export interface Made {
  name: string;
  service: string;
  kind?: 'Server' | 'Client' | 'Internal' | 'Producer' | 'Consumer';
  at?: number;
  ms: number;
  attributes?: Record<string, string>;
  resource?: Record<string, string>;
  failed?: boolean;
  /** Names a parent that is not there. */
  orphan?: boolean;
  children?: Made[];
}

export const served = (service: string, name: string, ms: number, children: Made[] = [], at = 0): Made => ({
  service,
  name,
  kind: 'Server',
  at,
  ms,
  children,
});

export const select = (service: string, statement: string, at: number, ms: number): Made => ({
  service,
  name: 'SELECT',
  kind: 'Client',
  at,
  ms,
  attributes: { 'db.system.name': 'postgresql', 'db.query.text': statement },
});

export const call = (service: string, url: string, at: number, ms: number, children: Made[] = []): Made => ({
  service,
  name: 'GET',
  kind: 'Client',
  at,
  ms,
  attributes: { 'http.request.method': 'GET', 'url.full': url, 'server.address': new URL(url).host },
  children,
});

const START_NS = 1_700_000_000_000_000_000n;
const REQUEST_EVERY_NS = 50_000_000n;

/** Rows of `otel_traces` for one request. */
function rowsOf(root: Made, trace: string, startNs: bigint, source: string): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  const put = (span: Made, parent: string): void => {
    const id = `${trace}-${rows.length}`;
    rows.push({
      Timestamp: String(startNs + BigInt(Math.round((span.at ?? 0) * 1e6))),
      TraceId: trace,
      SpanId: id,
      ParentSpanId: span.orphan ? 'lost' : parent,
      SpanName: span.name,
      SpanKind: span.kind ?? 'Internal',
      ServiceName: span.service,
      ResourceAttributes: {
        'service.name': span.service,
        'host.name': `host of ${span.service}`,
        ...span.resource,
      },
      SpanAttributes: span.attributes ?? {},
      Duration: Math.round(span.ms * 1e6),
      StatusCode: span.failed ? 'Error' : 'Unset',
      KpSource: source,
    });
    for (const child of span.children ?? []) put(child, id);
  };
  put(root, '');
  return rows;
}

export interface World {
  /** The i-th request of each phase. */
  incident: (i: number) => Made;
  baseline?: (i: number) => Made;
  requests?: number;
  theCase?: Partial<Case>;
  prepare?: (store: Store) => Promise<void>;
}

let opened: Promise<Store> | undefined;
afterAll(async () => (await opened)?.close());

/** One store a test file, emptied: opening one takes longer than all that is done in it. */
async function emptyStore(): Promise<Store> {
  opened ??= openStore({});
  const store = await opened;
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
  return store;
}

/** Puts requests into an empty store and measures them. */
export async function measured(world: World): Promise<Measurement> {
  const store = await emptyStore();
  const n = world.requests ?? 60;
  const rows: Record<string, unknown>[] = [];
  for (const phase of ['baseline', 'incident'] as const)
    for (let i = 0; i < n; i++) {
      const made = world[phase]?.(i);
      const offset = phase === 'baseline' ? 0n : BigInt(n) * REQUEST_EVERY_NS;
      if (made)
        rows.push(
          ...rowsOf(
            made,
            `${phase}-${String(i).padStart(4, '0')}`,
            START_NS + offset + BigInt(i) * REQUEST_EVERY_NS,
            phase,
          ),
        );
    }
  await store.insert('otel_traces', rows);
  await world.prepare?.(store);
  const role = (id: 'incident' | 'baseline') => ({ id, role: id, path: id }) as unknown as Source;
  const sources = world.baseline
    ? [role('incident'), role('baseline')]
    : [{ ...role('incident'), role: 'unspecified' as const }];
  return await measure(store, sources, { ...emptyCase(), ...world.theCase });
}
