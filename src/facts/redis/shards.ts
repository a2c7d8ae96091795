import type { RedisSnapshot } from '../../evidence/connectors/redis/snapshot.js';
import { number, percent, perSecond, type RedisFinding } from './finding.js';

/** The busiest shard does this many times its even share before it is the limit of the whole. */
const SKEWED = 1.5;
const FEWEST_PER_SECOND = 50;
const SMALLEST_BYTES = 20_000_000;

/** How unevenly the shards of a cluster are used: more shards do not help while one does most of the work. */
export function shardSkew(shards: readonly RedisSnapshot[]): RedisFinding[] {
  if (shards.length < 2) return [];
  return [
    skewOf(shards, (s) => perSecond(s, 'total_commands_processed'), FEWEST_PER_SECOND, 'commands a second'),
    skewOf(shards, (s) => number(s, 'used_memory'), SMALLEST_BYTES, 'bytes'),
  ].filter((f) => f !== undefined);
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
