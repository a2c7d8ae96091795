import { fieldOf } from './fields.js';
import type { EvidenceReader } from './reader.js';
import { leadingObjects } from './sample.js';

const logPatterns: EvidenceReader = {
  id: 'log-patterns',
  title: 'a summary of log patterns',
  looksFor: 'summaries of log patterns (signature and count)',
  recognise(sample) {
    const objects = leadingObjects(sample);
    const fits = objects.filter(
      (o) =>
        fieldOf(o, ['signature', 'pattern', 'template']) !== undefined && fieldOf(o, ['count']) !== undefined,
    );
    if (objects.length === 0 || fits.length < objects.length) return undefined;
    return { confidence: 0.9, by: 'objects with a signature and a count' };
  },
  notRead: {
    why: 'it counts log lines without their times',
    todo: 'Give the log lines themselves; they are counted anew.',
  },
};

export default logPatterns;
