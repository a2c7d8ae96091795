import type { Profile } from '../../domain/index.js';

/** What a sample type measures. */
export type Family = 'processor' | 'wall' | 'allocation' | 'memory' | 'lock';

/** `memory`: bytes that are still alive; `allocation`: all that were asked for. */
export function familyOf(profile: Profile, sampleType: number): Family {
  const type = profile.sampleTypes[sampleType];
  const name = type?.name ?? '';
  if (/^(?:contentions|delay|lock|mutex|block|blocked)/.test(name)) return 'lock';
  if (/inuse|in_use|live|retained/.test(name)) return 'memory';
  if (/alloc/.test(name) || type?.unit === 'bytes') return 'allocation';
  return /^wall|^itimer_wall/.test(name) ? 'wall' : 'processor';
}
