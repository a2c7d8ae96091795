import { MalformedProfile, profileReader } from './profile-reader.js';
import { leadingLines } from './text-lines.js';

const HEADS =
  /^(?:heap profile: +\d+: +\d+ \[|goroutine profile: total \d+|--- (?:mutex|contention|threadz|heapz|growthz|symbol)|threadcreate profile: total|Samples: *$)/;
const TODO = 'Fetch it without ?debug=1 (or with -proto): that is pprof’s protobuf, which is read.';

/** The text forms from before pprof's protobuf. They leave out what is needed: refused by name. */
export default profileReader({
  id: 'pprof-legacy',
  title: 'legacy pprof text',
  looksFor: 'legacy pprof text (to say that it is not read)',
  recognise(sample) {
    const first = leadingLines(sample)[0] ?? '';
    return HEADS.test(first) ? { confidence: 1, by: 'the first line of a legacy text profile' } : undefined;
  },
  notRead: { why: 'it leaves out what is needed', todo: TODO },
  async parse() {
    throw new MalformedProfile('This is pprof’s legacy text, which is not read', 'first line', TODO);
  },
});
