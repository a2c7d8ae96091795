import type { Case } from '../../domain/index.js';
import type { Measurement } from '../measure.js';
import { type GivenProfile, profileFacts } from './profile-facts.js';
import { sourcesBelow } from './source/find-source.js';

/** What was measured, with what the given profiles say; sources of hot lines are looked for where evidence lies. */
export function withProfiles(
  found: Measurement,
  given: readonly GivenProfile[],
  theCase: Case,
  folders: readonly string[],
): Measurement {
  if (given.length === 0) return found;
  const { facts, components, blocks } = profileFacts(given, theCase, found.measured, sourcesBelow(folders));
  return {
    ...found,
    measured: {
      ...found.measured,
      facts: [...found.measured.facts, ...facts],
      components: [...found.measured.components, ...components],
    },
    extras: { ...found.extras, code: [...(found.extras?.code ?? []), ...blocks] },
  };
}
