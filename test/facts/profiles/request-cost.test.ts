import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyCase } from '../../../src/case/index.js';
import {
  type Component,
  type Fact,
  measured,
  plain,
  type Source,
  subject,
} from '../../../src/domain/index.js';
import { readProfile } from '../../../src/evidence/read-profile.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { interpretProfile } from '../../../src/facts/profiles/interpret.js';
import { requestCost } from '../../../src/facts/profiles/request-cost.js';
import { withProfiles } from '../../../src/facts/profiles/with-profiles.js';
import { KNOWLEDGE } from '../../../src/knowledge/index.js';
import { contextOf } from '../../../src/method/context.js';
import { profileBenefit } from '../../../src/method/profile-benefit.js';
import { fixture, message, number, readContent, text } from '../../evidence/readers/profiles/made.js';

const SHOP = subject('service', 'shop');
const node: Component = {
  subject: SHOP,
  kind: 'service',
  layer: 'api',
  roles: [],
  places: [],
  runtime: 'nodejs',
};
const source: Source = {
  id: 's1',
  path: 'cpu.profile',
  format: 'a profile',
  confidence: 1,
  recognisedBy: 'its content',
  role: 'incident',
  sha256: '',
  bytes: 1,
  records: 1,
};
const of = (name: string, value: number, unit: Fact['unit']): Fact =>
  measured({ name, subject: SHOP, phase: 'incident', value, unit }, [{ kind: 'file', path: 'metrics' }]);

let store: Store;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(async () => store.close());

const joined = async (path: string | Uint8Array, facts: Fact[], component = node) => {
  const { profile } = typeof path === 'string' ? await readProfile(fixture(path)) : await readContent(path);
  const found = {
    measured: { facts, components: [component], links: [], changes: [] },
    paths: [],
    problems: [],
  };
  return withProfiles(store, found, [{ source, profile }], emptyCase('shop'), []);
};

/** A Go profile of 10 s: 400 samples of 10 ms, most of them labelled with a span. */
function goProfile(startNs: bigint): Uint8Array {
  const strings = [
    '',
    'samples',
    'count',
    'cpu',
    'nanoseconds',
    'main.work',
    'span id',
    'a1',
    'endpoint',
    'GET /cart',
  ];
  const sample = (count: number, ...labels: number[][]): number[] =>
    message(2, number(1, 1), number(2, count), number(2, count * 10_000_000), ...labels);
  return Uint8Array.from([
    ...message(1, number(1, 1), number(2, 2)),
    ...message(1, number(1, 3), number(2, 4)),
    ...sample(300, message(3, number(1, 6), number(2, 7)), message(3, number(1, 8), number(2, 9))),
    ...sample(100),
    ...message(4, number(1, 1), message(4, number(1, 1), number(2, 7))),
    ...message(5, number(1, 1), number(2, 5)),
    ...strings.flatMap((s) => text(6, s)),
    ...number(9, startNs),
    ...number(10, 10_000_000_000),
    ...message(11, number(1, 3), number(2, 4)),
    ...number(12, 10_000_000),
  ]);
}

describe('what a cause costs a request', () => {
  it('is its share of the processor time, divided by the requests of the same time', async () => {
    const { profile } = await readProfile(fixture('node/parse-orders.cpuprofile'));
    const seen = interpretProfile(profile);
    const cost = requestCost(profile, seen, { requests: 100, meanMs: 20 });
    const busyMs = ((profile.durationNs ?? 0) / 1e6) * (1 - seen.idleShare);
    expect(cost?.perRequestMs.value).toBeCloseTo(busyMs / 100, 6);
    const [first] = cost?.causes ?? [];
    expect(first?.costMs.value).toBeCloseTo((first?.cause.share ?? 0) * (busyMs / 100), 6);
    expect(first?.wallShare?.value).toBeCloseTo((first?.costMs.value ?? 0) / 20, 6);
  });

  it('is not set against a mean time that is shorter than the processor time', async () => {
    const { profile } = await readProfile(fixture('node/parse-orders.cpuprofile'));
    const cost = requestCost(profile, interpretProfile(profile), { requests: 100, meanMs: 2 });
    expect(cost?.notWall).toContain('more processor time than it lasts');
    expect(cost?.causes.every((c) => c.wallShare === undefined)).toBe(true);
  });

  it('cannot be told of a profile that does not say how long a sample is', async () => {
    const { profile } = await readProfile(fixture('python/gil.collapsed'));
    expect(requestCost(profile, interpretProfile(profile), { requests: 100 })).toBeUndefined();
  });

  it('comes from the rate of the service when no spans are of its time', async () => {
    const { measured: m, extras } = await joined('node/parse-orders.cpuprofile', [
      of('throughput', 150, '1/s'),
      of('latency.mean', 40, 'ms'),
    ]);
    const wall = m.facts.filter((f) => f.name.startsWith('profile.wall.'));
    expect(wall.length).toBeGreaterThan(0);
    for (const f of wall) expect(f.value).toBeLessThan(1);
    expect(m.facts.find((f) => f.name === 'profile.requests')?.value).toBe(101);
    const says = (extras?.code ?? []).flatMap((b) => (b.kind === 'paragraph' ? [plain(b.text)] : []));
    expect(says.join(' ')).toContain('by the rate of shop');
  });

  it('of a service of several instances is of the part that one of them serves', async () => {
    const rate = of('throughput', 150, '1/s');
    const cost = async (...facts: Fact[]): Promise<Fact | undefined> =>
      (await joined('node/parse-orders.cpuprofile', facts)).measured.facts.find(
        (f) => f.name === 'profile.cpu.perRequest',
      );
    const [one, four] = [await cost(rate), await cost(rate, of('instances', 4, 'count'))];
    expect((four?.value ?? 0) / (one?.value ?? 1)).toBeCloseTo(4);
  });

  it('without rate or spans is not told', async () => {
    const { measured: m } = await joined('node/parse-orders.cpuprofile', []);
    expect(m.facts.some((f) => /^profile\.(?:cost|cpu|wall)/.test(f.name))).toBe(false);
  });

  it('bounds the remedies that the cause has', async () => {
    const { measured: m } = await joined('node/parse-orders.cpuprofile', [
      of('throughput', 150, '1/s'),
      of('latency.mean', 40, 'ms'),
    ]);
    const context = contextOf(emptyCase('shop'), KNOWLEDGE, m);
    const says = plain(profileBenefit(context, SHOP, 'reduce-cpu-per-request') ?? []);
    expect(says).toMatch(/of its mean time/);
    expect(profileBenefit(context, SHOP, 'batch-statements')).toBeUndefined();
  });

  it('is counted from spans of the same time, by process and by labelled operation', async () => {
    const startMs = 1_760_000_000_000;
    const row = (i: number): Record<string, unknown> => ({
      Timestamp: new Date(startMs + i * 25).toISOString().replace('T', ' ').replace('Z', ''),
      TraceId: `t${i}`,
      SpanId: `s${i}`,
      ParentSpanId: '',
      SpanName: i % 4 === 0 ? 'GET /cart' : 'GET /',
      SpanKind: 'Server',
      ServiceName: 'shop',
      ResourceAttributes: { 'service.instance.id': `p${i % 2}` },
      Duration: 80_000_000,
      StatusCode: 'Ok',
    });
    await store.insert(
      'otel_traces',
      Array.from({ length: 401 }, (_, i) => row(i)),
    );
    const { measured: m } = await joined(goProfile(BigInt(startMs) * 1_000_000n), [], {
      ...node,
      runtime: 'go',
    });
    const find = (name: string, kind = 'service'): Fact | undefined =>
      m.facts.find((f) => f.name === name && f.subject.kind === kind);
    // 401 spans of two processes: the profiled one served half, 4 s of work over 200.5 requests.
    expect(find('profile.requests')?.value).toBeCloseTo(200.5, -1);
    expect(find('profile.cpu.perRequest')?.value).toBeCloseTo(4000 / 200.5, 1);
    expect(find('profile.inRequests.share')?.value).toBe(0.75);
    // Three quarters of the work in a quarter of the requests.
    expect(find('profile.cpu.perRequest', 'operation')?.value).toBeCloseTo((0.75 * 4000) / (101 / 2), 1);
  });
});
