import type { Profile, RuntimeEvents } from '../../domain/index.js';
import { wilsonInterval } from '../../models/binomial.js';
import { kindOf } from './cause-kinds.js';
import type { Family } from './family.js';
import type { ProfileCause } from './profile-cause.js';

/** Events that hold threads up, and the cause they stand for. */
const CAUSES: Readonly<Record<string, string>> = {
  'gc-pause': 'gc',
  'lock-wait': 'lock-contention',
  safepoint: 'safepoints',
  exception: 'exceptions',
};

/**
 * Causes that the runtime told itself: pauses and waits as a share of the threads' time. Beside samples of no time only pauses
 * count, and only where the recording has no other samples: a program that does nothing but collect is never found running.
 */
export function eventCauses(profile: Profile, family: Family, isChosen: boolean): ProfileCause[] {
  const isTimed = family === 'processor' || family === 'wall';
  if (!isTimed && (isChosen || family === 'memory')) return [];
  return profile.events.flatMap((event) => {
    if (!isTimed && event.kind !== 'gc-pause') return [];
    const cause = CAUSES[event.kind];
    const share = cause === undefined ? undefined : shareOf(event, profile);
    if (cause === undefined || share === undefined || share <= 0) return [];
    // Collections clear up what was allocated: the place to change is where most of it was.
    const places =
      cause === 'gc' ? (profile.events.find((e) => e.kind === 'allocation')?.places ?? []) : event.places;
    return [fromEvent(cause, { ...event, places }, share)];
  });
}

/** Collections stop every thread for their length; a wait holds up one thread. */
function shareOf(event: RuntimeEvents, profile: Profile): number | undefined {
  if (event.unit === 'count' && event.kind === 'lock-wait') return Math.min(1, event.total / profile.samples);
  if (event.unit !== 'nanoseconds' || profile.durationNs === undefined || profile.durationNs <= 0)
    return undefined;
  const threads = event.kind === 'lock-wait' ? Math.max(1, profile.threads.length) : 1;
  return Math.min(1, event.total / (profile.durationNs * threads));
}

function fromEvent(cause: string, event: RuntimeEvents, share: number): ProfileCause {
  const kind = kindOf(cause);
  const top = event.details[0]?.name ?? event.kind;
  return {
    cause,
    title: kind.title,
    api: top,
    matched: `${event.count} events of the runtime (${event.kind})`,
    share,
    interval: wilsonInterval(share * event.count, Math.max(1, event.count)),
    weight: event.total,
    places: event.places.map((p) => ({
      place: p.place,
      share:
        (share * p.weight) /
        Math.max(
          1,
          event.places.reduce((sum, x) => sum + x.weight, 0),
        ),
    })),
    stacks: [],
    advice: kind.advice,
    refutedIf: kind.refutedIf,
    remedies: kind.remedies,
    hypotheses: kind.hypotheses,
    kind: 'named',
    basis: 'events',
  };
}
