import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { responseSize } from '../commands/platform.js';
import { cpuProfile } from '../commands/runtime.js';
import { changed, now, timesOf } from '../evidence.js';
import { absent, decide, level, rise, seen, traced } from '../outcomes.js';
import { claimsOf, patternsOf } from '../patterns.js';
import { mainService } from '../subjects.js';
import { LARGE_PAYLOAD, NETWORK_BUSY, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoProfiles } from '../window.js';

const SIZES = ['payload.mean', 'payload.max'];

export default {
  id: 'oversized-payload',
  layer: 'client',
  title: 'Answers larger than the client needs',
  mechanism:
    'Large answers cost processor time to make, round trips to send and time to parse on the device.',
  startedBy: [
    'serialisation-change',
    'code-change',
    'query-change',
    'orm-upgrade',
    'data-growth',
    'feature-flag',
  ],
  explains: ['network', 'latency', 'tail-latency', 'cpu-saturation', 'planned-load'],
  prior: 0.05,
  subjects(context) {
    const s = mainService(context).subject;
    const size = now(context, SIZES, s);
    const large = size !== undefined && size.value >= 0.2 * LARGE_PAYLOAD.value;
    return large ||
      changed(context, 'serialisation-change') ||
      patternsOf(context, ['large-payload']).length > 0
      ? [s]
      : [];
  },
  predictions: [
    {
      id: 'large-answers',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.5,
      test: decide(
        (_, s) => say`answers of ${name(s.name)} of ${num(LARGE_PAYLOAD)} or more on the slow route`,
        traced({ kinds: ['large-payload'], visible: [], what: '' }),
        level({ fact: SIZES, at: LARGE_PAYLOAD, what: 'payload' }),
      ),
      measure: (context, s) =>
        ask('client', responseSize(), {
          question: say`How large are the answers of ${name(s.name)}, and are they compressed on the way?`,
          signal: say`bytes on the wire, content encoding, time from first byte to last`,
          window: aroundTrouble(context),
          decides: say`Uncompressed answers of ${num(LARGE_PAYLOAD)} or more: it holds. A few kilobytes, or a last byte right after the first: ruled out.`,
        }),
    },
    {
      id: 'answers-grew',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        say`larger answers than before`,
        (context, s) => {
          const p = patternsOf(context, ['large-payload'], s)[0];
          const [size, was] = [p?.facts.bytes, p?.facts.baselineBytes];
          if (!p || !size || !was) return undefined;
          const says = say`answers of ${name(p.subject.name)}: ${num(was)} → ${num(size)}`;
          return timesOf(size, was) >= STRONG_RISE.value
            ? seen(says, [size, was])
            : absent(says, [size, was]);
        },
        rise({ fact: SIZES, what: 'payload', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('client', cpuProfile(context, s), {
          question: say`How much processor time of ${name(s.name)} goes into making and compressing answers?`,
          signal: say`share of serialisation and compression in the profile`,
          window: twoProfiles(context),
          decides: say`A material share that grew: large answers also load the processors. Hardly any: only the way to the client suffers.`,
        }),
    },
    {
      id: 'link-in-use',
      whenSeen: 0.9,
      whenAbsent: -0.5,
      test: decide(
        say`a network link close to its capacity`,
        level({ fact: 'network.utilisation', at: NETWORK_BUSY, what: 'network link' }),
      ),
      measure: (context, s) =>
        ask('client', responseSize(), {
          question: say`Does the time of a request of ${name(s.name)} lie before its first byte or after it?`,
          signal: say`time to first byte against total time`,
          window: aroundTrouble(context),
          decides: say`Most of the time after the first byte: the size counts. Before it: the server does.`,
        }),
    },
  ],
  describe(context, subject) {
    const size = now(context, SIZES, subject);
    const rate = now(context, 'throughput', subject);
    const what = size && size.subject.id !== subject.id ? size.subject.name : subject.name;
    return {
      title: say`Large answers of ${name(what)}${size ? say` (${num(size)})` : ''}`,
      statement: say`${size ? say`Each answer of ${name(what)} is ${num(size)}${rate ? say` at ${num(rate)}` : ''}. ` : ''}It takes processor time of ${name(subject.name)} to make, several round trips to send on a new connection, and time to parse on the device.`,
      refutedIf: say`Answers of ${name(what)} are a few kilobytes on the wire, or end right after their first byte.`,
    };
  },
  claims: (context) => claimsOf(context, patternsOf(context, ['large-payload'])),
  remedies: ['shrink-payload', 'paginate-results', 'cdn-caching'],
} satisfies Hypothesis;
