import type { Profile } from '../../domain/index.js';
import { samplesForShare } from '../../models/binomial.js';

/** Whether there is enough in a profile to speak of causes, and what stands in the way. */
export interface Adequacy {
  verdict: 'enough' | 'too-few-samples' | 'idle' | 'host-contended';
  /** Sentences, the gravest first. */
  notes: readonly string[];
  /** Samples that would place a share of a half within five points. */
  wanted: number;
}

/** Fewer busy samples than this place a share of a half no better than ±20 points. */
const FEWEST = 25;
/** A share of a half within ±5 points. */
export const WANTED_SAMPLES = samplesForShare(0.5, 0.05);
const IDLE_SHARE = 0.95;
const COUNTED_SHARE = 0.1;
const SHORT_SECONDS = 1;
const TRUNCATED_SHARE = 0.05;
/** Processors of the host in use by others. */
const OTHERS_BUSY = 0.5;

/** Rules of sample adequacy: count, time, stacks cut off, one thread only, a host that others use. */
export function adequacyOf(
  profile: Profile,
  seen: { idleShare: number; busySamples: number; causes: readonly { basis: string; share: number }[] },
): Adequacy {
  const notes: string[] = [];
  const others = hostUsedByOthers(profile);
  const first = seen.causes[0];
  // Events are counted, not sampled: few samples do not make them doubtful.
  const isCounted = first?.basis === 'events' && first.share >= COUNTED_SHARE;
  const few = seen.busySamples < FEWEST && !isCounted;
  const idle = seen.idleShare >= IDLE_SHARE;
  if (idle)
    notes.push(
      'The program waited in nearly all samples: its time goes to what it waits for, which a processor profile does not show.',
    );
  if (few)
    notes.push(
      `Only ${seen.busySamples} samples are of the program at work: too few to rank causes. Record for longer, or under load.`,
    );
  else if (seen.busySamples < WANTED_SAMPLES)
    notes.push(`${seen.busySamples} samples: shares are known to within several points only.`);
  if (others)
    notes.push('Other programs used more than half of the host’s processors: shares hold, times do not.');
  const seconds = (profile.durationNs ?? 0) / 1e9;
  if (seconds > 0 && seconds < SHORT_SECONDS)
    notes.push('It was recorded for less than a second: it may show a moment that is not usual.');
  if (profile.truncatedStacks > TRUNCATED_SHARE * profile.records)
    notes.push(
      'Many stacks were cut off at the profiler’s depth limit: callers near the root are missing, so totals of outer functions are too low.',
    );
  if (profile.threads.length === 1) notes.push('All samples are of one thread.');
  return {
    verdict: few ? (idle ? 'idle' : 'too-few-samples') : idle ? 'idle' : others ? 'host-contended' : 'enough',
    notes,
    wanted: WANTED_SAMPLES,
  };
}

function hostUsedByOthers(profile: Profile): boolean {
  const load = profile.events.find((e) => e.kind === 'host-cpu');
  return load !== undefined && load.total / Math.max(1, load.count) > OTHERS_BUSY;
}
