import type { EvidenceReader } from './reader.js';
import { isObject } from './sample.js';

export const BUNDLE_READER = 'evidence-bundle';

/** What was fetched from live sources, kept in one file. It holds several sources and is taken apart by `bundle.ts`. */
export default {
  id: BUNDLE_READER,
  title: 'Kneepoint evidence',
  looksFor: 'evidence that kneepoint kept from live sources',
  recognise(sample) {
    const first = sample.jsonLines[0];
    return isObject(first) &&
      typeof first.kneepoint === 'string' &&
      first.kneepoint.startsWith('kneepoint/evidence/')
      ? { confidence: 1, by: `a first line of ${first.kneepoint}` }
      : undefined;
  },
  notRead: { why: 'it holds several sources', todo: 'Give it to investigate as a file.' },
} satisfies EvidenceReader;
