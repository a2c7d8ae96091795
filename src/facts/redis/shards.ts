import type { RedisSnapshot } from '../../evidence/connectors/redis/snapshot.js';
import { number, percent, perSecond, type RedisFinding } from './finding.js';

/** The busiest shard does this many times its even share before it is the limit of the whole. */
const SKEWED = 1.5;
const FEWEST_PER_SECOND = 50;
const SMALLEST_BYTES = 20_000_000;
/** A slot of 16384 with so large a part of at least so many look-ups or keys is no chance. */
const SLOT_SHARE = 0.1;
const SLOT_KEYS = 5;
const FEWEST_KEYS = 100;

/** How unevenly the shards of a cluster are used: more shards do not help while one does most of the work. */
export function shardSkew(shards: readonly RedisSnapshot[]): RedisFinding[] {
  if (shards.length < 2) return [];
  return [
    skewOf(shards, (s) => perSecond(s, 'total_commands_processed'), FEWEST_PER_SECOND, 'commands a second'),
    skewOf(shards, (s) => number(s, 'used_memory'), SMALLEST_BYTES, 'bytes'),
    slotShare(shards),
    hotSlot(shards),
  ].filter((f) => f !== undefined);
}

/** Slots are what a cluster moves between its shards: uneven slots are the one skew that a rebalance mends. */
function slotShare(shards: readonly RedisSnapshot[]): RedisFinding | undefined {
  const total = shards.reduce((sum, s) => sum + (s.slots ?? 0), 0);
  const most = [...shards].sort((a, b) => (b.slots ?? 0) - (a.slots ?? 0) || (a.node < b.node ? -1 : 1))[0];
  if (!most?.slots || shards.some((s) => s.slots === undefined)) return undefined;
  const times = (most.slots / total) * shards.length;
  if (times < SKEWED) return undefined;
  return {
    id: 'slot-share',
    says: `${most.node} holds ${most.slots} of ${total} slots, ${times.toPrecision(2)} times its even share: it gets that share of keys and of work.`,
    todo: 'redis-cli --cluster rebalance HOST:PORT (with --cluster-use-empty-masters when a new shard is to be filled).',
    numbers: { share: most.slots / total, shards: shards.length, timesEven: times },
  };
}

/** Many keys of one slot, by what was asked for where MONITOR was heard, else by the sample of keys: a hash tag. */
function hotSlot(shards: readonly RedisSnapshot[]): RedisFinding | undefined {
  const asked = shards.flatMap((s) => s.monitored?.accesses ?? []);
  const rows = asked.length >= FEWEST_KEYS ? asked : shards.flatMap((s) => s.sampled);
  const bySlot = new Map<number, { count: number; keys: Set<string>; shape: string }>();
  for (const { slot, label, shape } of rows) {
    if (slot === undefined) continue;
    const own = bySlot.get(slot) ?? { count: 0, keys: new Set(), shape };
    own.count++;
    own.keys.add(label);
    bySlot.set(slot, own);
  }
  const [hottest] = [...bySlot].sort((a, b) => b[1].count - a[1].count || a[0] - b[0]);
  if (!hottest || rows.length < FEWEST_KEYS) return undefined;
  const [slot, own] = hottest;
  const share = own.count / rows.length;
  // One key alone is a hot key, which no other distribution of slots would help.
  if (share < SLOT_SHARE || own.keys.size < SLOT_KEYS) return undefined;
  const what = rows === asked ? 'of what was asked for' : 'of the sampled keys';
  return {
    id: 'hot-slot',
    says: `Slot ${slot} has ${percent(share)} ${what}, by ${own.keys.size} keys (like ${own.shape}), where one slot of 16384 would have next to nothing: they share a hash tag {…}.`,
    todo: 'Put less into the braces, so that only keys that are used in one command share them: a tag for each user or order, none for a whole region or type.',
    numbers: { share, keys: own.keys.size, slot },
  };
}

function skewOf(
  shards: readonly RedisSnapshot[],
  of: (s: RedisSnapshot) => number,
  least: number,
  unit: string,
): RedisFinding | undefined {
  const values = shards.map((s) => ({ node: s.node, value: of(s) }));
  const total = values.reduce((sum, v) => sum + v.value, 0);
  const hottest = [...values].sort((a, b) => b.value - a.value || (a.node < b.node ? -1 : 1))[0];
  if (!hottest || !(total >= least)) return undefined;
  const share = hottest.value / total;
  const times = share * shards.length;
  if (times < SKEWED) return undefined;
  const commands = unit !== 'bytes';
  return {
    id: commands ? 'shard-skew' : 'memory-skew',
    says: `${hottest.node} has ${percent(share)} of the ${unit} of ${shards.length} shards, ${times.toPrecision(2)} times its even share: the cluster ends at ${percent(1 / times)} of what its shards could do together.`,
    todo: commands
      ? 'Look for a hot key on it (--monitor), or a hash tag {…} that puts many keys into one slot; adding shards does not help before that.'
      : 'Look for big keys on it, or a hash tag {…} that many keys share; then move slots.',
    numbers: { share, shards: shards.length, timesEven: times },
  };
}
