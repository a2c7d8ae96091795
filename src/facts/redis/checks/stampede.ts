import { percent, type RedisCheck } from '../finding.js';

/** Fills of one key by several clients within this time are one crowd: nobody waited for the first. */
const CROWD_MS = 1000;
const CROWD = 4;
/** Fewer needless fills than this share of all are chance. */
const MATERIAL = 0.05;

/**
 * Several clients miss the same key together and each fills it. A fill counts as needless when its client had read
 * the key before the first fill of the crowd was written.
 */
export const stampede: RedisCheck = ({ monitored }) => {
  if (!monitored) return [];
  const lastRead = new Map<string, number>();
  const crowds = new Map<string, { since: number; sources: Set<string>; shape: string }>();
  let fills = 0;
  let needless = 0;
  let worst = { size: 0, shape: '', label: '' };
  for (const a of monitored.accesses) {
    const reader = `${a.source}\n${a.label}`;
    if (a.op === 'read') lastRead.set(reader, a.atMs);
    if (a.op !== 'write') continue;
    const read = lastRead.get(reader);
    if (read === undefined || a.atMs - read > CROWD_MS) continue;
    fills++;
    const crowd = crowds.get(a.label);
    if (crowd && a.atMs - crowd.since <= CROWD_MS && read <= crowd.since && !crowd.sources.has(a.source)) {
      crowd.sources.add(a.source);
      needless++;
      if (crowd.sources.size > worst.size)
        worst = { size: crowd.sources.size, shape: a.shape, label: a.label };
    } else if (!crowd || read > crowd.since)
      crowds.set(a.label, { since: a.atMs, sources: new Set([a.source]), shape: a.shape });
  }
  if (worst.size < CROWD || needless < MATERIAL * fills) return [];
  return [
    {
      id: 'stampede',
      says: `${needless} of ${fills} fills (${percent(needless / fills)}) wrote a key that another client had just filled; at worst ${worst.size} clients at once (${worst.label}, like ${worst.shape}).`,
      todo: 'Let one caller refill a key while the others wait or are served the old value (single flight), refresh early by chance, and spread lives by ±10 to 20 %.',
      numbers: { needless, fills, worst: worst.size },
    },
  ];
};
