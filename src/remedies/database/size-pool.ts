import {
  type Advice,
  type Block,
  bullets,
  type Component,
  type Context,
  code,
  name,
  num,
  paragraph,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { acquireTimeout, PLANNING } from '../design/arithmetic.js';
import { inS } from '../design/call-snippets.js';
import { kebab, raw, whole } from '../design/code-text.js';
import { languageOf, uses } from '../design/language.js';
import { coreBound, type PoolPlan, poolPlan, poolTable } from '../design/pool-blocks.js';
import { type SeenPool, seenPool } from '../design/pool-seen.js';
import { partName, type Scene, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

/** Advice from what traces show of one pool: its size, how long members are held and waited for. */
function fromTraces(scene: Scene, pool: SeenPool): Advice {
  const { serviceName, database } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const { limit, was, wanted, pattern } = pool;
  const { hold, wait } = pattern.facts;
  const to = was ?? wanted;
  const longest = acquireTimeout(scene);
  return {
    title: was
      ? say`Give pool ${name(pattern.subject.name)} of ${serviceName} its ${num(was)} connections back, instead of ${num(limit)}`
      : say`Give pool ${name(pattern.subject.name)} of ${serviceName} ${num(wanted)} connections instead of ${num(limit)}`,
    description: say`${num(limit)} connections are all in use, each held for ${num(hold ?? limit)}, and requests wait ${num(wait ?? limit)} for one before the first statement runs. ${was ? say`It had ${num(was)} before; the load alone asks for ${num(wanted)}.` : say`The load asks for ${num(wanted)} with head room.`} All pools together stay below what ${db} allows, and the wait gets a bound${longest ? say` of ${num(longest)}` : ''}.`,
    benefit: scene.target.claim
      ? say`${num(scene.target.claim)} of the excess of slow requests is waiting for this pool; with ${num(to)} members it ends, and ${db} gets the statements at the rate at which they come.`
      : say`Requests of ${serviceName} no longer wait for this pool; ${db} gets the statements at the rate at which they come.`,
    riskText: say`${db} then runs up to ${num(to)} statements of each process at once: check its processors and its own limit first, and raise in two steps.`,
    effortText: say`Minutes: one setting of ${serviceName} and a restart.${shippingNote(scene.context)}`,
    verification: say`Time to acquire a connection of ${name(pattern.subject.name)}: near nothing at the same load; none pending; time of the statements in ${db} as before.`,
    design: [
      table(
        ['Quantity', '> Value'],
        [
          [
            say`members of ${name(pattern.subject.name)}`,
            say`${num(limit)}${was ? say` (${num(was)} before)` : ''}`,
          ],
          ...(hold ? [[say`held by a slow request`, say`${num(hold)}`]] : []),
          ...(wait ? [[say`waited for`, say`${num(wait)}`]] : []),
          [say`members that leave no wait, at a use of ${num(PLANNING)}`, say`${num(wanted)}`],
        ],
        say`Pool of ${serviceName}, as traced`,
      ),
      ...(database
        ? [
            ...settings(scene, database, { ...poolPlan(scene, database), each: to }),
            notes(scene, scene.context, database),
          ]
        : []),
    ],
  };
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const pool = seenPool(scene);
  if (pool) return { ...fromTraces(scene, pool), effort: 'minutes' };
  const { database, serviceName } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const plan = database ? poolPlan(scene, database) : undefined;
  const size = plan?.each ?? plan?.total;
  const over = plan?.over && plan.need && plan.room;
  return {
    title: over
      ? say`Cap the pools of ${serviceName} at what ${db} has room for, and shorten what holds connections`
      : size
        ? say`Size the pool of ${serviceName} to ${db} from its load: ${num(size)}${plan?.each ? ' a process' : ' in total'}`
        : say`Size the pool of ${serviceName} to ${db} from rate × holding time`,
    description:
      over && plan.need && plan.room
        ? say`${num(plan.need.busy)} connections would be busy, ${num(plan.need.size)} with head room, and ${db} has room for ${num(plan.room.room)} (${plan.room.isDefault ? 'its default limit is' : 'its limit is'} ${num(plan.room.limit)}): no pool size fits while they are held this long. Pools together stay at or below ${num(plan.room.room)}, and the wait for a member is short, so that the shortage shows as a fast error where it arises.`
        : say`A pool of ${serviceName} holds what its load keeps busy, plus room for bursts${plan?.need ? say`: ${num(plan.need.busy)} busy, ${num(plan.need.size)} with head room` : ''}; all pools together stay below what ${db} has room for${plan?.room ? say` (${num(plan.room.room)})` : ''}. The wait for a member is bounded${plan?.wait ? say` by ${num(plan.wait)}` : ''}.`,
    benefit: say`Requests of ${serviceName} wait for ${db} itself and not for a slot in front of it; when ${db} is short of connections, they fail within ${plan?.wait ? say`${num(plan.wait)}` : 'a known time'} instead of missing ${aimWords(scene)} in a queue.`,
    riskText: over
      ? say`Below the need, some requests of ${serviceName} are refused at peak until the holding times fall. That is kinder than a full ${db}, but it has to be announced.`
      : say`Larger pools let more statements into ${db} at once; past its processors that lengthens all of them. Raise in steps and watch ${db}, not only the wait.`,
    effortText: say`Hours: settings of every process that connects to ${db}, workers and jobs included.${shippingNote(context)}`,
    verification: say`Time to acquire a connection in ${serviceName}: p99 near nothing at peak; connections of ${db} by state: few idle, none idle in a transaction.`,
    design:
      database && plan
        ? [
            poolTable(scene, database, plan),
            ...settings(scene, database, plan),
            notes(scene, context, database),
          ]
        : [
            paragraph(
              say`Which database ${scene.app} uses was not said. Its pool is rate × time a connection is held ÷ planned use; both come from pool metrics of ${serviceName}.`,
            ),
          ],
  };
}

const notes = (scene: Scene, context: Context, database: Component): Block =>
  bullets([
    coreBound(scene, context, database),
    say`Count every pool: processes × pool size of ${scene.serviceName}, its workers, its jobs, and twice the web tier while a deploy of it overlaps.`,
    say`Hold a connection of ${name(database.subject.name)} only for statements: acquire it after remote calls and validation, release it before the answer is written.`,
  ]);

function settings(scene: Scene, database: Component, plan: PoolPlan): Block[] {
  const size = plan.each ?? plan.total;
  if (!size) return [];
  const { context, service } = scene;
  const wait = plan.wait;
  const pool = plan.each ? whole(size) : { name: '<total ÷ processes>' };
  const caption: Text = plan.each
    ? say`Each process of ${scene.serviceName} to ${name(database.subject.name)}`
    : say`${num(size)} in total for ${name(database.subject.name)}, to be divided by the processes that connect`;
  const language = languageOf(context, service);
  if (uses(context, 'django'))
    return [
      paragraph(
        say`Django keeps a connection per worker thread, not a pool: its number on ${name(database.subject.name)} is hosts × workers × threads of ${scene.serviceName}. Keep connections across requests (a connection age above a request’s, health checks on) and let a pooler bound them.`,
      ),
      code(
        'python',
        say`DATABASES["default"] |= {
    "CONN_MAX_AGE": None,          # keep the connection of this worker; a proxy in front bounds the sum
    "CONN_HEALTH_CHECKS": True,
}`,
        caption,
      ),
    ];
  const texts: Partial<Record<NonNullable<typeof language>, Text>> = {
    javascript: say`new Pool({
  max: ${pool},
  connectionTimeoutMillis: ${wait ? raw(wait) : { name: 'WAIT_MS' }}, // the default waits for ever
  application_name: '${kebab(service?.subject.name ?? '', 'service')}',
});`,
    java: say`spring.datasource.hikari.maximum-pool-size=${pool}
spring.datasource.hikari.connection-timeout=${wait ? raw(wait) : { name: 'WAIT_MS' }}
spring.jpa.open-in-view=false`,
    python: say`create_engine(url, pool_size=${pool}, max_overflow=False, pool_timeout=${wait ? raw(inS(wait)) : { name: 'WAIT_S' }}, pool_pre_ping=True)`,
    go: say`db.SetMaxOpenConns(${pool}) // the default has no limit
db.SetMaxIdleConns(${pool}) // else most connections are closed after use
ctx, cancel := context.WithTimeout(ctx, ${wait ? raw(wait) : { name: 'waitMs' }}*time.Millisecond)`,
    csharp: say`Max Pool Size=${pool};Command Timeout=...   // same string everywhere: each distinct string has its own pool`,
  };
  const text = language ? texts[language] : undefined;
  return text && language ? [code(language === 'java' ? 'properties' : language, text, caption)] : [];
}

export default {
  id: 'size-pool',
  layer: 'database',
  title: 'Pool size from the load',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.1, 0.6], growth: [0, 0.15] },
  advise,
} satisfies Remedy;
