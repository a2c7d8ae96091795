import { type Fact, LAYERS, type Layer, type Subject } from '../../domain/index.js';
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
    signal(parts).map((w) => atTarget(parts, w)),
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

/** Acted on where the case itself states a target of the quantity, in place of the usual point. */
function atTarget(parts: Parts, w: Watch): Watch {
  const stated = statedLimit(parts, w);
  return stated ? { ...w, threshold: stated } : w;
}

/** The target that the case states of what a sign measures: of its own part, else of no other part. */
export function statedLimit(parts: Parts, w: Watch): Fact | undefined {
  if (w.of === undefined || !w.above) return undefined;
  const all = parts.context.facts
    .every({ name: w.of, phase: ['target', 'planned'] })
    .filter((f) => f.origin === 'stated' && f.unit === w.threshold.unit && f.value > 0);
  return all.find((f) => f.subject.id === w.subject.id) ?? (all.length === 1 ? all[0] : undefined);
}

/** True when the sign's own value tells whether this finding is at work, and it is about the finding's own part. */
export const settles = (
  w: Watch,
  f: { hypothesis: string; subject: Subject; layer: Layer },
  p: Parts,
): boolean =>
  !w.absent &&
  (w.decides ?? w.hypotheses.slice(0, 1)).includes(f.hypothesis) &&
  isSignOf(w, f) &&
  (w.subject.kind !== 'service' ||
    [p.job, label(w.subject.name)].includes(label(f.subject.service ?? f.subject.name)));

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
