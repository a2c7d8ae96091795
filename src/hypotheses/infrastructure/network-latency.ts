import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { callSteps, sockets } from '../commands/platform.js';
import { signalOr } from '../commands/runtime.js';
import { changed, concerns, isBorne, now, symptom } from '../evidence.js';
import { complaint, decide, level, rise } from '../outcomes.js';
import { mainService } from '../subjects.js';
import { NETWORK_BUSY, RETRANSMITTED, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['network.utilisation', 'network.roundTrip', 'network.retransmissions'];
const far = (context: Context, s: Subject) => now(context, 'network.roundTrip', s);

export default {
  id: 'network-latency',
  layer: 'infrastructure',
  title: 'Packets are lost, or travel far, on the way',
  mechanism:
    'Each round trip costs the distance, and each lost packet a wait of a fifth of a second or more; many small calls multiply both.',
  startedBy: [
    'infrastructure-change',
    'security-change',
    'config-change',
    'traffic-change',
    'scaling-change',
    'serialisation-change',
  ],
  explains: ['network', 'tail-latency', 'latency', 'timeouts'],
  prior: 0.03,
  subjects(context) {
    const main = mainService(context).subject;
    return concerns(context, main, FACTS, ['network']) ||
      isBorne(context, 'network-latency') ||
      (changed(context, 'infrastructure-change') && symptom(context, ['network']) !== undefined)
      ? [main]
      : [];
  },
  predictions: [
    {
      id: 'loss-or-full-link',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2,
      test: decide(
        (_, s) => say`lost packets or a full link at ${name(s.name)}`,
        level({ fact: 'network.retransmissions', at: RETRANSMITTED, what: 'segments sent again' }),
        level({ fact: 'network.utilisation', at: NETWORK_BUSY, what: 'link in use' }),
        rise({ fact: 'network.roundTrip', what: 'round trip', by: STRONG_RISE, onPath: true }),
        complaint('network'),
      ),
      measure: (context, s) =>
        ask('infrastructure', signalOr(context, 'network', s, sockets()), {
          question: say`Does ${name(s.name)} lose packets or fill a link during the trouble?`,
          signal: say`segments sent again of all sent, bytes a second of what the link allows, drops`,
          window: aroundTrouble(context),
          decides: say`${num(RETRANSMITTED)} or more sent again, or a link beyond ${num(NETWORK_BUSY)}: it holds. Neither: ruled out.`,
        }),
    },
    {
      id: 'round-trips-many',
      whenSeen: 1,
      whenAbsent: -0.8,
      test: decide(
        say`a longer round trip to what is called than before`,
        rise({ fact: 'network.roundTrip', what: 'round trip', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('infrastructure', callSteps(), {
          question: say`How long is one round trip from ${name(s.name)} to what it calls, and does it cross a zone?`,
          signal: say`connect time by callee, zone of both ends, hops`,
          window: aroundTrouble(context),
          decides: say`A round trip of milliseconds times many calls for a request: bring them nearer or make fewer. A fraction of a millisecond: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const trip = far(context, subject);
    const lost = now(context, 'network.retransmissions', subject);
    return {
      title: say`The network of ${name(subject.name)} loses or delays packets${trip ? say` (${num(trip)})` : lost ? say` (${num(lost)} sent again)` : ''}`,
      statement: say`${lost ? say`${num(lost)} of the segments of ${name(subject.name)} are sent again. ` : ''}Calls of ${name(subject.name)} wait for ${trip ? say`${num(trip)} each way` : 'the way'} and for what is lost on it; a request with many small calls pays it many times.`,
      refutedIf: say`Round trips of ${name(subject.name)} are short and hardly any segment is sent again.`,
    };
  },
  remedies: ['shorten-network-path', 'batch-statements', 'keep-connections-open'],
} satisfies Hypothesis;
