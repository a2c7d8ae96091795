import type { Block, Case, Fact } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import type { Measurement } from '../measure.js';
import { hostContention } from './host-contention.js';
import { memoryGrowthFacts } from './memory-growth-facts.js';
import { type GivenProfile, profileFacts, serviceOf } from './profile-facts.js';
import { requestCostFacts } from './request-cost-facts.js';
import { requestsDuring } from './requests-during.js';
import { sourcesBelow } from './source/find-source.js';

/**
 * What was measured, with what the given profiles say and what that is for a request; sources of hot lines are looked
 * for where evidence lies.
 */
export async function withProfiles(
  store: Store,
  found: Measurement,
  given: readonly GivenProfile[],
  theCase: Case,
  folders: readonly string[],
): Promise<Measurement> {
  if (given.length === 0) return found;
  const said = profileFacts(given, theCase, found.measured, sourcesBelow(folders));
  const more: { facts: Fact[]; blocks: Block[] }[] = [];
  const snapshot = given.find((g) => g.profile.format === 'heapsnapshot');
  if (snapshot)
    more.push(memoryGrowthFacts(given, serviceOf(snapshot.profile, theCase, found.measured.components)));
  for (const told of said.told) {
    const known = [...found.measured.facts, ...theCase.facts];
    more.push(await hostContention(store, told));
    const counted = await requestsDuring(store, told.given, told.subject, known);
    if (counted) more.push(requestCostFacts(told, counted));
  }
  return {
    ...found,
    measured: {
      ...found.measured,
      facts: [...found.measured.facts, ...said.facts, ...more.flatMap((c) => c.facts)],
      components: [...found.measured.components, ...said.components],
    },
    extras: {
      ...found.extras,
      code: [...(found.extras?.code ?? []), ...said.blocks, ...more.flatMap((c) => c.blocks)],
    },
  };
}
