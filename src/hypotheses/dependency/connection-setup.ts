import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { callSteps, sockets } from '../commands/platform.js';
import { slowTraces } from '../commands/traces.js';
import { changed, now, timesOf, uniqueById } from '../evidence.js';
import { absent, decide, rise, seen, spent, traced } from '../outcomes.js';
import { cellsOf, claimCells, claimsOf, patternsOf } from '../patterns.js';
import { databases, dependencies, known, mainService } from '../subjects.js';
import { SLOW_CONNECT, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, slowRequests } from '../window.js';

const patterns = (context: Context, s: Subject) =>
  patternsOf(context, ['connection-setup']).filter((p) => known(context, p.subject).id === s.id);
const cells = (context: Context, s: Subject) =>
  cellsOf(context, ['connect']).filter((c) => c.peer !== undefined && known(context, c.peer).id === s.id);
/** Connections a slow request from which each opens its own. */
const EACH = 0.5;
const FACTS = ['connections.rate', 'connect.delay.p99'];

export default {
  id: 'connection-setup',
  layer: 'dependency',
  title: 'A connection is set up for each call',
  mechanism:
    'Without kept connections every call pays name look-up, TCP and TLS round trips, and the callee pays the handshake with its processors.',
  startedBy: [
    'pool-change',
    'library-upgrade',
    'runtime-upgrade',
    'config-change',
    'security-change',
    'call-added',
    'code-change',
    'infrastructure-change',
  ],
  explains: ['tail-latency', 'latency', 'cpu-saturation', 'network', 'connections-exhausted'],
  prior: 0.04,
  subjects: (context) =>
    uniqueById([
      ...patternsOf(context, ['connection-setup']).map((p) => known(context, p.subject)),
      ...cellsOf(context, ['connect']).flatMap((c) => (c.peer ? [known(context, c.peer)] : [])),
      ...[...dependencies(context), ...databases(context)]
        .map((c) => c.subject)
        .filter((s) => now(context, FACTS, s)?.subject.id === s.id),
      // A pool that was changed may no longer keep its connections.
      ...(changed(context, 'pool-change') && context.symptoms.length > 0
        ? databases(context)
            .slice(0, 1)
            .map((c) => c.subject)
        : []),
      ...(context.changes.some((c) => c.mechanisms.includes('security-change')) && context.symptoms.length > 0
        ? dependencies(context)
            .slice(0, 1)
            .map((c) => c.subject)
        : []),
    ]),
  predictions: [
    {
      id: 'set-up-on-path',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`slow requests that set up connections to ${name(s.name)}`,
        (context, s) => {
          const p = patterns(context, s)[0];
          return p
            ? traced({ kinds: ['connection-setup'], visible: [], what: '' })(context, p.subject)
            : undefined;
        },
        spent({
          kinds: ['connect'],
          what: 'setting up connections',
          as: 'connect',
          anywhere: true,
          where: (c, context, s) => c.peer !== undefined && known(context, c.peer).id === s.id,
        }),
        rise({ fact: 'connect.delay.p99', what: 'set-up of a connection', by: STRONG_RISE, onPath: true }),
      ),
      measure: (context, s) =>
        ask('dependency', slowTraces(context, mainService(context).subject, 'connect'), {
          question: say`Do slow requests of ${name(mainService(context).subject.name)} open a connection to ${name(s.name)}, or use a kept one?`,
          signal: say`spans of connect and TLS within a call; calls on one connection`,
          window: slowRequests(context),
          decides: say`${num(SLOW_CONNECT)} of a call or more goes into set-up: it holds. Hardly any connect spans: ruled out.`,
        }),
    },
    {
      id: 'as-many-connections-as-calls',
      whenSeen: 1.6,
      whenAbsent: -1.4,
      test: decide(
        (_, s) => say`nearly as many new connections to ${name(s.name)} as calls`,
        (context, s) => {
          const p = patterns(context, s)[0];
          const [opened, was] = [p?.facts.opened, p?.facts.baselineOpened];
          if (!opened || !was) return undefined;
          const says = say`a slow request opens ${num(opened, { digits: 2 })} connections (${num(was, { digits: 2 })} before)`;
          return opened.value >= EACH && timesOf(opened, was) >= STRONG_RISE.value
            ? seen(says, [opened, was])
            : absent(says, [opened, was]);
        },
        (context, s) => {
          const [opened, calls] = [now(context, 'connections.rate', s), now(context, 'throughput', s)];
          if (!opened || !calls || opened.subject.id !== s.id || calls.subject.id !== s.id) return undefined;
          const says = say`${num(opened)} connections opened for ${num(calls)} calls to ${name(s.name)}`;
          return opened.value >= SLOW_CONNECT.value * calls.value
            ? seen(says, [opened, calls, SLOW_CONNECT])
            : absent(says, [opened, calls, SLOW_CONNECT]);
        },
      ),
      measure: (context, s) =>
        ask('infrastructure', sockets(), {
          question: say`How many connections to ${name(s.name)} does ${name(mainService(context).subject.name)} open a second, and how many lie closed and waiting?`,
          signal: say`connections opened a second against calls; sockets in time-wait by peer`,
          window: aroundTrouble(context),
          decides: say`As many opened as calls made: it holds. A steady few: ruled out.`,
        }),
    },
    {
      id: 'handshake-slow',
      whenSeen: 0.7,
      whenAbsent: -0.5,
      test: decide(
        say`a longer set-up than before`,
        rise({ fact: 'connect.delay.p99', what: 'set-up of a connection', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('dependency', callSteps(), {
          question: say`Which step of a new connection to ${name(s.name)} takes the time?`,
          signal: say`name, connect and TLS time of a fresh call`,
          window: aroundTrouble(context),
          decides: say`TLS: resumption or kept connections. Connect: the way or a full backlog. Name: the resolver.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = patterns(context, subject)[0];
    const time = now(context, 'connect.delay.p99', subject);
    const own = time?.subject.id === subject.id ? time : undefined;
    const caller = mainService(context).subject.name;
    return {
      title: say`${name(caller)} sets up connections to ${name(subject.name)} in requests${own ? say` (${num(own)})` : ''}`,
      statement: p
        ? say`${p.detail}. Kept connections would save ${num(p.saving)} of slow requests.`
        : say`A call of ${name(caller)} without a kept connection waits for several round trips to ${name(subject.name)}${own ? say`, up to ${num(own)},` : ''} before the first byte, most of all when a burst finds no idle one.`,
      refutedIf: say`Calls of ${name(caller)} to ${name(subject.name)} go over kept connections.`,
    };
  },
  claims(context, subject) {
    const found = patterns(context, subject);
    return found.length > 0 ? claimsOf(context, found) : claimCells(cells(context, subject));
  },
  remedies: ['keep-connections-open', 'connection-pooler'],
} satisfies Hypothesis;
