import { subject } from '../../domain/index.js';
import type { Claimed } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import { lastMention } from './mentioned.js';
import type { About, Scene } from './scene.js';

/** "read p99 2.4 s; write p99 22 ms": where both ways are told apart, each has figures of its own. */
export function directionOf(scene: Scene, q: Quantity, claimed: Claimed, name: string): About | undefined {
  if (!/^(?:latency|throughput)/.test(name)) return undefined;
  const { frame } = scene;
  const told = new Set(frame.tokens.map((t) => WAYS.get(t.lower)));
  if (!told.has('reads') || !told.has('writes')) return undefined;
  const home = frame.segment[q.from];
  const anchors = [q.from, claimed.statistic?.from, claimed.claim?.from].filter(
    (n): n is number => n !== undefined && n <= q.from && frame.segment[n] === home,
  );
  const at = Math.min(...anchors);
  const i = [at, at - 1, q.noun ? q.to - 1 : -1].find(
    (n) => WAYS.has(frame.tokens[n]?.lower ?? '') && frame.segment[n] === home,
  );
  const way =
    WAYS.get(q.noun ?? '') ?? (i === undefined ? undefined : WAYS.get(frame.tokens[i]?.lower ?? ''));
  if (!way) return undefined;
  // "Cassandra p95 12 ms reads, writes p99 4 ms": both ways are those of the store that is spoken of.
  const store = lastMention(frame, scene.mentions, q, ['database', 'search', 'cache'], scene.app);
  return {
    subject: store
      ? subject('statement', way, store.subject.name)
      : subject('operation', way, scene.app.name),
  };
}

const WAYS: ReadonlyMap<string, string> = new Map([
  ['read', 'reads'],
  ['reads', 'reads'],
  ['write', 'writes'],
  ['writes', 'writes'],
]);
