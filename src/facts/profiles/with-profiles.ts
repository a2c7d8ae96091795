import type { Case } from '../../domain/index.js';
import type { Measurement } from '../measure.js';
import { type GivenProfile, profileFacts } from './profile-facts.js';

/** What was measured, with what the given profiles say. */
export function withProfiles(found: Measurement, given: readonly GivenProfile[], theCase: Case): Measurement {
  if (given.length === 0) return found;
  const { facts, components, blocks } = profileFacts(given, theCase, found.measured);
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
