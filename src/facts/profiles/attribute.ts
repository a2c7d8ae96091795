import type { Profile } from '../../domain/index.js';
import type { Attribute } from './attribution.js';
import { attributeByRules } from './by-rules.js';
import type { Family } from './family.js';
import { GO } from './go/rules.js';
import { JVM } from './jvm/rules.js';
import { NATIVE } from './native/rules.js';
import { attributeNode } from './node/attribute.js';
import { HEAP_OWNERS, NODE_MEMORY } from './node/rules.js';
import { PYTHON } from './python/rules.js';
import type { Sources } from './source/find-source.js';

/** How the samples of this profile are told apart by what they were spent on. */
export function attributeFor(profile: Profile, family: Family, sources: Sources): Attribute {
  if (profile.format === 'heapsnapshot') return attributeByRules(profile, HEAP_OWNERS, family, sources);
  switch (profile.runtime) {
    case 'node':
      return family === 'processor' || family === 'wall'
        ? attributeNode(profile, sources)
        : attributeByRules(profile, NODE_MEMORY, family, sources);
    case 'python':
      return attributeByRules(profile, PYTHON, family, sources);
    case 'go':
      return attributeByRules(profile, GO, family, sources);
    case 'jvm':
      return attributeByRules(profile, JVM, family, sources);
    default:
      return attributeByRules(profile, NATIVE, family, sources);
  }
}
