import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { missCrowdFacts } from '../../../src/facts/logs/miss-crowd-facts.js';
import { phasesByRole } from '../../../src/facts/phases.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
}, 60_000);
afterAll(() => store.close());

const NS = 1_700_000_000_000;
type Line = { ms: number; body?: string; attributes?: Record<string, string>; host?: string };
async function crowdsIn(lines: readonly Line[]) {
  await store.command('TRUNCATE TABLE otel_logs');
  await store.insert(
    'otel_logs',
    lines.map((l, i) => ({
      Timestamp: String(BigInt(NS + l.ms) * 1_000_000n),
      TraceId: `t${i}`,
      ServiceName: 'shop',
      Body: l.body ?? '',
      ResourceAttributes: { 'host.name': l.host ?? 'a' },
      LogAttributes: l.attributes ?? {},
      KpSource: 's',
      KpLine: i,
    })),
  );
  const facts = await missCrowdFacts(store, phasesByRole([]), ['s']);
  return facts.map((f) => [f.subject.name, f.value]);
}
/** Twelve misses together, four times, a minute apart. */
const crowded = (line: (i: number) => Omit<Line, 'ms'>): Line[] =>
  Array.from({ length: 48 }, (_, i) => ({ ms: Math.floor(i / 12) * 60_000 + (i % 12) * 30, ...line(i) }));

describe('misses in logs', () => {
  it.each([
    ['fields', (): Omit<Line, 'ms'> => ({ attributes: { 'cache.hit': 'false', 'cache.key': 'top:list' } })],
    ['a template', (): Omit<Line, 'ms'> => ({ body: 'cache miss key=top:list, loading' })],
    ['logfmt', (): Omit<Line, 'ms'> => ({ body: 'level=info cache.hit=false key=top:list took=3ms' })],
    ['JSON', (): Omit<Line, 'ms'> => ({ body: '{"cache_hit":false,"cache_key":"top:list"}' })],
    ['a sentence', (): Omit<Line, 'ms'> => ({ body: 'Missed top:list in the cache' })],
  ])('that come together on one key are a crowd, told by %s', async (_, line) => {
    expect(await crowdsIn(crowded(line))).toEqual([['top:list', 12]]);
  });

  it('of many keys, of one key now and then, or one in each of many processes, are none', async () => {
    const miss = (key: string) => ({ body: `cache miss key=${key}` });
    expect(await crowdsIn(crowded((i) => miss(`item:${i}`)))).toEqual([['item:0', 1]]);
    const single = Array.from({ length: 40 }, (_, i) => ({ ms: i * 30_000, ...miss('top:list') }));
    expect(await crowdsIn(single)).toEqual([['top:list', 1]]);
    expect(await crowdsIn(crowded((i) => ({ ...miss('top:list'), host: `h${i % 12}` })))).toEqual([
      ['top:list', 1],
    ]);
  });

  it('that are hits, or few and apart, say nothing', async () => {
    expect(await crowdsIn(crowded(() => ({ body: 'cache hit key=top:list' })))).toEqual([]);
    expect(await crowdsIn([{ ms: 0, body: 'cache miss key=a:1' }])).toEqual([]);
  });
});
