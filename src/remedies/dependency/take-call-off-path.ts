import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  paragraph,
  type Remedy,
  type RemedyTarget,
  say,
  steps,
  type Text,
} from '../../domain/index.js';
import { mainDatabase } from '../../readings/parts.js';
import { callRate, waitingIn } from '../design/arithmetic.js';
import { BACKOFF_FIRST, BACKOFF_MOST, BATCH, DELIVERIES, JITTER } from '../design/chosen.js';
import { outbox } from '../design/code-snippets.js';
import { languageOf } from '../design/language.js';
import { partName, sceneOf, timeOf } from '../design/scene.js';
import { aimWords, atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { callee, serviceName, queue } = scene;
  const who = partName(callee, say`the added call`);
  const time = callee ? timeOf(context, callee) : undefined;
  const rate = callee ? callRate(scene, callee) : undefined;
  const writes = rate?.asWrites;
  const calls = rate?.rate ?? scene.goal?.rate;
  const waiting = callee && calls ? waitingIn(scene, callee, calls) : undefined;
  // A rate of its own is that of today; only a share of the target's rate is one at the target.
  const when =
    calls !== undefined && calls.subject.id === callee?.subject.id
      ? say`at its rate of today`
      : atLoad(scene);
  const database = mainDatabase(context);
  const inFlight: Text = waiting
    ? say` Up to ${num(waiting.inFlight)} requests of ${serviceName} wait in ${who} at any moment ${when} (${num(calls ?? waiting.time)} × ${num(waiting.time)}${writes ? say`, taking it as part of the write share of ${num(writes)}` : ''}).`
    : say` How many requests wait in ${who} at once follows from its rate × its time; ${time ? say`only its time of ${num(time)} was said` : 'neither was said'}.`;
  return {
    title: say`Take ${who} out of the serial path of ${serviceName}`,
    description: say`Answer from what ${serviceName} already holds and let ${who} confirm afterwards: reserve before, confirm after. What the answer truly depends on is asked for before the transaction of ${partName(database, scene.app)} opens, never inside it.`,
    benefit: target.claim
      ? say`Up to ${num(target.claim)} of the excess of slow requests is time in ${who}.${inFlight}`
      : say`Its cost on the path of ${serviceName} falls to nothing, so its tail no longer counts against ${aimWords(scene)}.${inFlight}`,
    riskText: say`Between answer and confirmation ${serviceName} and ${who} can disagree. Reservations expire, and what the user is told when ${who} declines later has to be decided by the product owner, not by an exception handler.`,
    effortText: say`Days: an outbox table or message of ${serviceName}, a worker, an expiry of reservations, and the texts for the late “no”.${shippingNote(context)}`,
    verification: say`Spans of ${who} leave the critical path of ${serviceName}: its exclusive time there is nothing, its call count stays. Stop ${who} in a test: ${serviceName} keeps its latency and the outbox grows and drains.`,
    design: [
      paragraph(
        say`${who} splits into three: what must be known before ${serviceName} answers, what may be reserved, and what only has to happen.`,
      ),
      steps([
        say`Before: read the definition ${who} works with (rules, limits, rates) from a local copy; it changes far less often than it is asked for.`,
        say`Reserve: one short call or a local row with an expiry, keyed by the request’s own id, before the transaction of ${partName(database, say`the database`)} begins.`,
        say`Commit: the business row and an outbox row in one local transaction of ${serviceName}; no remote call between begin and commit.`,
        say`After: a worker sends the outbox row to ${who}${queue ? say` through ${name(queue.subject.name)}` : ''}, at least once, with the same id, so that a repeat changes nothing.`,
      ]),
      ...outbox(
        languageOf(context, scene.service),
        callee?.subject.name ?? 'confirm',
        BATCH,
        say`${serviceName}: the row and what remains to be told to ${who}, in one commit`,
      ),
      bullets([
        say`Retries towards ${who}: first pause ${num(BACKOFF_FIRST)}, doubled up to ${num(BACKOFF_MOST)}, spread by ±${num(JITTER)}; after ${num(DELIVERIES)} tries to a dead-letter list that a person of the ${serviceName} team reads.`,
        say`Alert on the age of the oldest outbox row, not on their number: a burst of ${scene.app} makes many young rows and means nothing.`,
        say`If ${who} must stay synchronous for some requests, those alone keep the call, with a deadline and a breaker.`,
      ]),
    ],
  };
}

export default {
  id: 'take-call-off-path',
  layer: 'dependency',
  title: 'Take a call off the serial path',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  retiming: { kind: 'drop' },
  advise,
} satisfies Remedy;
