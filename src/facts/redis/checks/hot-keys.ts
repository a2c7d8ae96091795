import { percent, type RedisCheck } from '../finding.js';

/** One key with this share of look-ups is a limit of its own: it lives on one shard. */
const HOT_SHARE = 0.1;
const FEWEST_ACCESSES = 500;

export const hotKeys: RedisCheck = ({ monitored }) => {
  const reads = monitored?.accesses.filter((a) => a.op === 'read') ?? [];
  if (!monitored || reads.length < FEWEST_ACCESSES) return [];
  const counts = new Map<string, { count: number; shape: string }>();
  for (const a of reads) {
    const own = counts.get(a.label) ?? { count: 0, shape: a.shape };
    own.count++;
    counts.set(a.label, own);
  }
  return [...counts]
    .filter(([, own]) => own.count >= HOT_SHARE * reads.length)
    .sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1))
    .slice(0, 3)
    .map(([label, own]) => ({
      id: 'hot-key' as const,
      says: `${percent(own.count / reads.length)} of look-ups ask for one key (${label}, like ${own.shape}): ${(own.count / monitored.seconds).toPrecision(3)} a second.`,
      todo: 'Hold it in the process for a second or two: more shards do not help, for one key lives on one of them.',
      numbers: { share: own.count / reads.length, perSecond: own.count / monitored.seconds },
    }));
};
