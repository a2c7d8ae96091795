import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { refreshedInTime } from '../../models/cache/early-refresh.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { cacheFlow, instancesOf } from '../../readings/parts.js';
import { dataKind, hardOf, statedTtl } from '../design/cache-plan.js';
import { singleFlightCode } from '../design/cache-snippets.js';
import { EARLY_BETA, NEGATIVE_TTL } from '../design/chosen.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf, slowStatements } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, database, goal, service } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const db = partName(database, say`the origin`);
  const statement = slowStatements(context)[0];
  const flow = cacheFlow(context);
  const skew = context.facts.find({ name: 'skew.share' });
  const lookups = flow && goal ? flow.lookups(goal) : undefined;
  const hot =
    lookups && skew
      ? figure(
          scene,
          'cache.hotLookups',
          [lookups.value * skew.value, '1/s'],
          'look-ups a second × share on the hottest few',
          [lookups, skew],
          cache?.subject,
        )
      : lookups;
  const crowd =
    hot && statement
      ? figure(
          scene,
          'cache.crowd',
          [littlesLaw(hot.value, inSeconds(statement.time)), 'count'],
          'look-ups a second × time to refill (Little’s law)',
          [hot, statement.time],
          cache?.subject,
        )
      : undefined;
  const renewed =
    hot && statement && crowd
      ? figure(
          scene,
          'cache.renewedEarly',
          [refreshedInTime(hot.value, inSeconds(statement.time) * 1000, EARLY_BETA.value), 'ratio'],
          '1 − exp(−readers within one load × β)',
          [crowd, EARLY_BETA],
          cache?.subject,
        )
      : undefined;
  const instances = service ? instancesOf(context, service) : undefined;
  const label =
    statement?.subject.name ?? context.classes.find((c) => c.kind === 'read')?.subject.name ?? 'value';
  const soft = statedTtl(scene) ?? dataKind(label).soft;
  return {
    title: say`Let one request refill an entry of ${where} while the others are served the old one`,
    description: say`When a popular entry of ${where} ends, every request for it goes to ${db} until one has put it back. With one refill per key and process, and the old value served meanwhile, the crowd becomes ${instances ? say`at most ${num(instances)} loads, one an instance of ${scene.serviceName}` : say`one load per process of ${scene.serviceName}`}.`,
    benefit:
      crowd && hot && statement
        ? say`If all of ${num(hot)} look-ups ${atLoad(scene)} meet one ended entry, about ${num(crowd)} loads run on ${db} before the first (${num(statement.time)}) is back. ${instances ? say`With single flight it is ${num(instances)} or fewer.` : ''}`
        : say`Loads of one key on ${db} fall from the number of requests that arrive during a refill to the number of processes of ${scene.serviceName}.`,
    riskText: say`A failed refill keeps the old value until its hard end: report it, or ${where} hides a broken ${db}. Give the refill from ${db} its own deadline, not that of the request that happened to start it.`,
    effortText: say`A day: one wrapper around every read of ${where} in ${scene.serviceName}.${shippingNote(context)}`,
    verification: say`Delete one hot key of ${where} under load: ${db} sees ${instances ? num(instances) : say`a handful of`} loads, and the p99 of ${scene.serviceName} does not move.`,
    design: [
      ...singleFlightCode(
        languageOf(context, service),
        label,
        soft,
        hardOf(soft),
        say`Reads of ${scene.serviceName} through ${where}`,
      ),
      bullets([
        say`Across processes of ${scene.serviceName}, a short lock in ${where} (set if absent, with an expiry) lets one refill in all; worth it only for loads that are expensive for ${db}.`,
        say`Without a lock, renew early by chance: load when (time of the last load) × ${num(EARLY_BETA)} × −ln(random) is more than the life that is left${renewed && crowd ? say`. With ${num(crowd)} readers within one load, ${num(renewed)} of the lives of that key in ${where} are renewed before they end` : say`; the more readers a key of ${where} has, the surer one of them renews it in time`}.`,
        say`An absent row is a value too: keep “not there” for ${num(NEGATIVE_TTL)}.`,
        say`When ${db} is down, the hard time is lengthened for keys that still hold something; a stale page of ${scene.app} beats none, except where it decides.`,
      ]),
    ],
  };
}

export default {
  id: 'single-flight',
  layer: 'cache',
  title: 'One refill at a time',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.2, 0.7], growth: [0, 0.3], leavesOneRun: true },
  advise,
} satisfies Remedy;
