import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plain } from '../../../src/domain/index.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { releaseSuspects } from '../../../src/facts/changes/releases.js';
import { rolloutFromTraces } from '../../../src/facts/changes/rollout-from-traces.js';

const START_NS = 1_700_000_000_000_000_000n;
const SECONDS = 1200;
const RELEASED = 900;

interface Serving {
  failed: boolean;
  ms: number;
}

/** Web calls cart and stock once a second; from `RELEASED` on each has one new instance beside two old ones. */
function spans(serve: (service: string, version: string, i: number) => Serving): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (let i = 0; i < SECONDS; i++) {
    const trace = `t${String(i).padStart(5, '0')}`;
    const put = (
      id: string,
      parent: string,
      service: string,
      kind: string,
      version: string,
      pod: string,
      { failed, ms }: Serving,
    ): void => {
      rows.push({
        Timestamp: String(START_NS + BigInt(i) * 1_000_000_000n),
        TraceId: trace,
        SpanId: `${trace}${id}`,
        ParentSpanId: parent === '' ? '' : `${trace}${parent}`,
        SpanName: 'GET',
        SpanKind: kind,
        ServiceName: service,
        ResourceAttributes: { 'service.name': service, 'service.version': version, 'k8s.pod.name': pod },
        SpanAttributes: {},
        Duration: Math.round(ms * 1e6),
        StatusCode: failed ? 'Error' : 'Unset',
        KpSource: 's1',
      });
    };
    put('0', '', 'web', 'Server', '1', 'web-0', { failed: false, ms: 80 });
    for (const service of ['cart', 'stock']) {
      const fresh = i >= RELEASED && i % 3 === 0;
      const version = fresh ? '2' : '1';
      const pod = `${service}-${fresh ? 'new' : i % 2}`;
      const does = serve(service, version, i);
      put(`c${service}`, '0', 'web', 'Client', '1', 'web-0', { failed: false, ms: does.ms + 2 });
      put(`s${service}`, `c${service}`, service, 'Server', version, pod, does);
    }
  }
  return rows;
}

describe('releases seen in traces', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({});
  });
  beforeEach(async () => {
    await store.command('TRUNCATE TABLE otel_traces');
  });
  afterAll(async () => {
    await store.close();
  });

  it('finds versions that served beside their predecessors', async () => {
    await store.insert(
      'otel_traces',
      spans(() => ({ failed: false, ms: 20 })),
    );
    const rollout = await rolloutFromTraces(store);
    expect(rollout?.releases.map((r) => r.service)).toEqual(['cart', 'stock']);
    expect(rollout?.releases[0]?.steps[0]?.newPods).toEqual(['cart-new']);
  });

  it('says nothing when new instances behave as the old ones', async () => {
    await store.insert(
      'otel_traces',
      spans((_s, _v, i) => ({ failed: false, ms: 20 + (i % 5) })),
    );
    expect((await releaseSuspects(store, ['s1'])).blocks).toEqual([]);
  });

  it('names the release whose new instances fail', async () => {
    await store.insert(
      'otel_traces',
      spans((service, version, i) => ({
        failed: service === 'stock' && version === '2' && i % 2 === 0,
        ms: 20,
      })),
    );
    const { blocks, facts } = await releaseSuspects(store, ['s1']);
    const [, text] = blocks;
    expect(text?.kind === 'paragraph' ? plain(text.text) : '').toContain('stock');
    expect(
      facts.find((f) => f.name === 'release.failing' && f.subject.name === 'stock')?.value,
    ).toBeGreaterThan(0.5);
  });

  it('names the release whose new instances are slow once warm', async () => {
    await store.insert(
      'otel_traces',
      spans((service, version) => ({ failed: false, ms: service === 'cart' && version === '2' ? 400 : 20 })),
    );
    const [, text] = (await releaseSuspects(store, ['s1'])).blocks;
    expect(text?.kind === 'paragraph' ? plain(text.text) : '').toContain('cart');
  });

  it('has nothing to say of a service with one version', async () => {
    const rows = spans(() => ({ failed: false, ms: 20 })).slice(0, 5 * 100);
    await store.insert('otel_traces', rows);
    expect(await rolloutFromTraces(store)).toBeUndefined();
  });
});
