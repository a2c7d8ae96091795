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
} from '../../domain/index.js';
import { ofKind } from '../../readings/parts.js';
import { sideBySide } from '../design/call-snippets.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf, timeOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

/** Which calls follow each other is known from traces, or at least two calls with a time of their own are. */
function blocked(context: Context): Text | undefined {
  const timed = ofKind(context, 'dependency').filter((c) => timeOf(context, c) !== undefined);
  return context.telemetry !== undefined ||
    timed.length >= 2 ||
    (ofKind(context, 'dependency').length >= 2 &&
      context.changes.some((c) => c.mechanisms.includes('call-added'))) ||
    context.facts.every({ name: 'calls.serial' }).length > 0
    ? undefined
    : say`No two calls of ${name(context.app.name)} are known whose times could overlap: record traces first.`;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, database } = scene;
  const calls = ofKind(context, 'dependency')
    .flatMap((c) => {
      const time = timeOf(context, c);
      return time ? [{ c, time }] : [];
    })
    .sort((a, b) => b.time.value - a.time.value)
    .slice(0, 3);
  const names = calls.length >= 2 ? calls.map((x) => x.c) : ofKind(context, 'dependency').slice(0, 2);
  const [first, second] = names;
  const both: Text =
    first && second
      ? say`${name(first.subject.name)} and ${name(second.subject.name)}`
      : first
        ? say`${name(first.subject.name)} and the reads from ${partName(database, say`the database`)}`
        : say`the calls of ${serviceName} that do not need each other`;
  const times = calls.map((x) => x.time);
  const sum =
    times.length >= 2
      ? figure(
          scene,
          'calls.inTurn',
          [times.reduce((s, f) => s + f.value, 0), 'ms'],
          'sum of the calls',
          times,
        )
      : undefined;
  const longest = times[0];
  const saved =
    sum && longest
      ? figure(scene, 'calls.saved', [sum.value - longest.value, 'ms'], 'sum of the calls − longest', [
          sum,
          longest,
        ])
      : undefined;
  return {
    title: say`Start ${both} together`,
    description: say`${serviceName} waits for one of ${both} before it starts the next; where none needs the answer of another, ${serviceName} starts them at once, under one deadline.`,
    benefit: target.claim
      ? say`Of ${num(target.claim)} spent in these calls one after the other, the longest stays.`
      : sum && saved && longest
        ? say`In turn they take ${num(sum)} at the figures said, together about ${num(longest)}: ${num(saved)} nearer to ${aimWords(scene)}, if they are independent.`
        : say`The sum of ${both} becomes the longest of them; how long each takes was not said for both, and spans of one slow request of ${serviceName} show them in a minute.`,
    riskText: say`${serviceName} sends its load to ${both} at the same moment, so their peaks rise; bound how many run at once, and start none inside a transaction.`,
    effortText: say`Hours to a day in ${serviceName}, most of it in showing that the calls are independent.${shippingNote(context)}`,
    verification: say`Spans of ${both} overlap in traces of ${serviceName}, and its median falls by about the shorter call.`,
    design: [
      ...sideBySide(
        languageOf(context, scene.service),
        first?.subject.name ?? 'first',
        second?.subject.name ?? 'second',
        say`${both}, side by side in ${serviceName}`,
      ),
      bullets([
        say`If one fails, end the other: its answer is of no use to ${serviceName} any more.`,
        say`With more calls side by side, the slowest of them decides: the tail of ${both} counts more than their means.`,
      ]),
    ],
  };
}

export default {
  id: 'parallelise-calls',
  layer: 'api',
  title: 'Independent calls side by side',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'parallel' },
  blocked,
  advise,
} satisfies Remedy;
