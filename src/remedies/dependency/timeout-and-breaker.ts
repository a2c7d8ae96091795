import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { isOffPath } from '../../readings/latency-budget.js';
import { ofKind } from '../../readings/parts.js';
import { deadlinePlan } from '../design/arithmetic.js';
import { guardedCall } from '../design/call-snippets.js';
import { BREAKER_FAILURES, BREAKER_OPEN } from '../design/chosen.js';
import { languageOf } from '../design/language.js';
import { partName, sceneOf, timeOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { callee, serviceName, aim } = scene;
  const who = partName(callee, say`each callee of ${serviceName}`);
  const spent = callee ? timeOf(context, callee) : undefined;
  // A callee slower than whole requests is not waited for by them: their target says nothing of its deadline.
  const apart = spent !== undefined && isOffPath(context, context.app, spent);
  const plan = callee && !apart ? deadlinePlan(scene, callee) : undefined;
  const limit = plan?.limit;
  const beyond = plan?.verdict === 'beyond';
  const today = callee ? context.facts.find({ name: 'timeout', subject: callee.subject }) : undefined;
  const time = callee ? timeOf(context, callee) : undefined;
  const rows = ofKind(context, 'dependency').map((c): Text[] => {
    const own = deadlinePlan(scene, c);
    const known = timeOf(context, c);
    const stated = context.facts.find({ name: 'timeout', subject: c.subject });
    return [
      say`${name(c.subject.name)}`,
      known ? say`${num(known)}` : say`measure`,
      stated ? say`${num(stated)}` : say`not said`,
      own
        ? own.verdict === 'beyond'
          ? say`${num(own.limit)}, and off the path`
          : say`${num(own.limit)}`
        : say`needs the latency target`,
      c.roles.includes('third-party')
        ? say`show the last answer of ${name(c.subject.name)}, marked as such`
        : say`go on without ${name(c.subject.name)}, or reserve and confirm later`,
    ];
  });
  return {
    title: limit
      ? beyond && time
        ? say`Bound the wait for ${who}: its ${num(time)} do not fit the ${num(limit)} that are left for it`
        : say`Give ${who} a deadline of ${num(limit)} and a circuit breaker`
      : say`Give ${who} a deadline and a circuit breaker`,
    description: say`${serviceName} stops waiting for ${who} ${limit ? (plan?.verdict === 'tight' && time ? say`after ${num(limit)}, a little above its tail of ${num(time)}` : say`after ${num(limit)}, what ${aimWords(scene)} can spare`) : 'after the part of the latency target it is given'}, and stops asking for ${num(BREAKER_OPEN)} when ${num(BREAKER_FAILURES)} of recent calls fail. ${today ? say`Today it waits ${num(today)}.` : say`Its time-out in ${serviceName} was not said; the default of clients is usually seconds or none.`}`,
    benefit:
      beyond && limit && time
        ? say`With ${who} at ${num(time)}, ${aimWords(scene)} cannot be met while ${serviceName} waits for it; cut off at ${num(limit)}, its tail goes to the fallback and no longer to everybody behind it.`
        : limit && time && time.value > limit.value
          ? say`A request that meets the tail of ${who} (${num(time)}) ends it at ${num(limit)}; threads and connections of ${serviceName} come free that much sooner.`
          : say`A stall of ${who} costs each request of ${serviceName} ${limit ? say`at most ${num(limit)}` : 'a bounded time'} instead of everything it holds; when ${who} is well, nothing changes.`,
    riskText: beyond
      ? say`Cut off this early, a good part of the calls to ${who} ends in the fallback: it has to leave the path first, or be asked ahead of time. Agree what the fallback of ${serviceName} says before switching it on.`
      : say`Requests that ${who} would have answered late now get the fallback. Set the deadline above what ${who} needs on a good day${time ? say` (${num(time)} was its worst figure said)` : ''}, and agree what the fallback of ${serviceName} says.`,
    effortText: say`Hours to a day for ${who} alone: client options, breaker, fallback, one dashboard panel for its state.${shippingNote(context)}`,
    verification: say`Delay a copy of ${who} by several times the deadline under the load of ${scene.app}: the latency of ${serviceName} stays inside ${aimWords(scene)}, the breaker opens, and it closes again by itself.`,
    design: [
      ...(rows.length > 0
        ? [
            table(
              ['Callee', '> Time today', '> Time-out today', '> Deadline', 'When it is cut off'],
              rows,
              say`Deadlines on the path of ${serviceName}${aim ? say`, out of ${num(aim)}` : ''}. Where a callee’s own tail is above its deadline, its call has to leave the path first.`,
            ),
          ]
        : []),
      ...(callee && limit
        ? guardedCall(
            languageOf(context, scene.service),
            callee.subject.name,
            limit,
            say`${name(callee.subject.name)} from ${serviceName}`,
          )
        : []),
      bullets([
        say`The deadline covers name look-up, connect, handshake and reading of ${who} together; a socket read time-out alone starts again with every byte.`,
        say`Hand the remaining time on: what ${serviceName} calls next gets the rest of the request’s time, not a fresh ${limit ? say`${num(limit)}` : 'time-out'}.`,
        say`Time-outs of the layers around ${serviceName} grow outwards; an inner one that is longer leaves work running for a caller that has gone.`,
      ]),
    ],
  };
}

export default {
  id: 'timeout-and-breaker',
  layer: 'dependency',
  title: 'Deadline and circuit breaker',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.3, 0.8], growth: [0, 0.25], leftInTimesBefore: 2 },
  advise,
} satisfies Remedy;
