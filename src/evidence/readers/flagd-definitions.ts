import type { EvidenceReader } from './reader.js';
import { isObject, leadingObjects } from './sample.js';

/** Definitions of flagd (OpenFeature): they say how flags are set, and not since when. */
export default {
  id: 'flagd-definitions',
  title: 'flagd definitions',
  looksFor: 'flags with state, variants and defaultVariant',
  recognise(sample) {
    const [first, ...others] = leadingObjects(sample);
    if (!first || others.length > 0 || !isObject(first.flags)) return undefined;
    const flags = Object.values(first.flags).filter(isObject);
    return flags.length > 0 && flags.every((f) => 'state' in f && ('variants' in f || 'defaultVariant' in f))
      ? { confidence: 1, by: 'flags with state and variants' }
      : undefined;
  },
  notRead: {
    why: 'definitions say how flags are set, not when they were changed',
    todo: 'Ask the repository that holds them: --source flagd, with its path in `sources:` of the case.',
  },
} satisfies EvidenceReader;
