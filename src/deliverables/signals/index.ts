import type { Layer } from '../../domain/index.js';
import { LAYERS } from '../../domain/index.js';
import { label, type Parts } from '../parts.js';
import { API_SIGNALS } from './api.js';
import { CACHE_SIGNALS } from './caches.js';
import { DATABASE_SIGNALS } from './databases.js';
import { REMOTE_SIGNALS } from './remote.js';
import type { Watch } from './signal.js';

export type { Watch } from './signal.js';

/** The leading signs to watch in this case: those of suspected causes first, then by layer. */
export function watchesOf(parts: Parts): Watch[] {
  const seen = new Map<string, number>();
  const all = [...API_SIGNALS, ...DATABASE_SIGNALS, ...CACHE_SIGNALS, ...REMOTE_SIGNALS].flatMap((signal) =>
    signal(parts),
  );
  const unique = all.map((w) => {
    const n = (seen.get(w.id) ?? 0) + 1;
    seen.set(w.id, n);
    return n === 1 ? w : { ...w, id: `${w.id}${n}` };
  });
  return unique
    .map((watch, at) => ({ watch, at, rank: suspicion(parts, watch) }))
    .sort((a, b) => a.rank - b.rank || layer(a.watch.layer) - layer(b.watch.layer) || a.at - b.at)
    .map((x) => x.watch);
}

/** The place of the likeliest finding that a watch is a sign of; after all of them when there is none. */
function suspicion(parts: Parts, watch: Watch): number {
  const at = parts.findings.findIndex((f) => isSignOf(watch, f));
  return at < 0 ? parts.findings.length : at;
}

/** True when the watch is a sign of this finding: its cause, of its own part where the watch is about one callee. */
export const isSignOf = (
  watch: Watch,
  finding: { hypothesis: string; subject: { id: string; kind?: string; name?: string }; layer: Layer },
): boolean =>
  watch.hypotheses.includes(finding.hypothesis) &&
  !isOtherPart(watch, finding) &&
  (!watch.id.startsWith('SlowCall') ||
    finding.subject.id === watch.subject.id ||
    label(finding.subject.name ?? '') === label(watch.subject.name) ||
    finding.layer !== 'dependency');

/** Processors, threads and heaps of a store are not those of the service that asks it. */
const isOtherPart = (
  watch: Watch,
  finding: { hypothesis: string; subject: { id: string; kind?: string } },
): boolean =>
  OF_ONE_PART.has(finding.hypothesis) &&
  /^(?:database|search|cache|queue)$/.test(finding.subject.kind ?? '') &&
  finding.subject.id !== watch.subject.id &&
  watch.subject.kind === 'service';
const OF_ONE_PART = new Set([
  'cpu-saturation',
  'thread-pool-exhausted',
  'gc-pressure',
  'memory-leak',
  'memory-limit',
  'disk-saturation',
]);

const layer = (l: Layer): number => LAYERS.indexOf(l);
