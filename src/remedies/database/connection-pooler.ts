import {
  type Advice,
  type Block,
  bullets,
  type Component,
  type Context,
  code,
  constant,
  name,
  num,
  paragraph,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { hasTrait } from '../../readings/parts.js';
import { inS } from '../design/call-snippets.js';
import { kebab, raw, whole } from '../design/code-text.js';
import { dialectOf, uses } from '../design/language.js';
import { coreBound, type PoolPlan, poolPlan, poolTable } from '../design/pool-blocks.js';
import { figure, nothingNew, partName, type Scene, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

const PREPARED_SINCE = constant(
  'pgbouncer.preparedSince',
  1.21,
  'none',
  'PgBouncer 1.21 release notes, 2023: prepared statements of the protocol in transaction mode',
  '2023-10-16',
);

const poolerOf = (context: Context): Component | undefined =>
  context.components.find((c) => hasTrait(context, c, 'connection-pooler'));

function blocked(context: Context, about: Subject): Text | undefined {
  const scene = sceneOf(context, { finding: '', hypothesis: '', subject: about, supported: false });
  const { database } = scene;
  const dialect = dialectOf(database);
  if (!database || !dialect)
    return say`${partName(database, say`the store of ${scene.app}`)} is not asked over pooled SQL sessions; a pooler has nothing to pool.`;
  if (dialect === 'sqlserver' || dialect === 'oracle')
    return say`Clients of ${name(database.subject.name)} pool in process; size those pools and the server’s workers instead.`;
  return poolerOf(context) ? undefined : nothingNew(context, 'A pooler');
}

/** Which pooler fits: what is there, what the platform offers, what the dialect has. */
function productFor(context: Context, database: Component): string {
  const there = poolerOf(context);
  if (there?.product) return there.product;
  if (dialectOf(database) === 'mysql')
    return uses(context, 'rds') || hasTrait(context, database, 'managed') ? 'rds-proxy' : 'proxysql';
  return 'pgbouncer';
}

const TITLE: Record<string, string> = {
  pgbouncer: 'PgBouncer',
  proxysql: 'ProxySQL',
  'rds-proxy': 'RDS Proxy',
};

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, serviceName } = scene;
  const db = partName(database, say`the database`);
  const plan = database ? poolPlan(scene, database) : undefined;
  const product = database ? productFor(context, database) : 'pgbouncer';
  const pooler = say`${name(poolerOf(context)?.subject.name ?? TITLE[product] ?? product)}`;
  return {
    title: poolerOf(context)
      ? say`Let ${pooler} lend connections of ${db} by the transaction, and size it from ${db}`
      : say`Put ${pooler} between ${serviceName} and ${db}`,
    description: say`${pooler} lends a connection of ${db} for one transaction and takes it back. However many processes of ${serviceName} run, ${db} sees ${plan?.total ? say`at most ${num(plan.total)} connections` : 'a number that is set once'}${plan?.room ? say` (its room: ${num(plan.room.room)} of ${num(plan.room.limit)}${plan.room.isDefault ? ', the default' : ''})` : ''}.`,
    benefit: say`Scaling ${serviceName} out no longer fills ${db}; a shortage shows as a short queue in ${pooler} with a time-out, and new connections cost ${db} no process start and no handshake.`,
    riskText: say`A connection of ${db} changes hands after every transaction: session settings, notifications, session locks, temporary tables and statements prepared by name in SQL do not survive. ${plan?.over ? say`It does not shorten holding: with ${plan.need ? num(plan.need.busy) : say`more`} busy connections wanted, the rest waits in ${pooler} until statements and transactions are shorter.` : say`One more hop to ${db}, well below a millisecond in the same zone, and one more thing to run.`}`,
    effortText: say`Two days: two small instances of ${pooler}, drivers of ${serviceName} checked for session state, a rehearsed switch back.${shippingNote(context)}`,
    verification: say`Clients waiting in ${pooler} near none at peak, server connections constant while ${serviceName} scales, and ${aimWords(scene)} unchanged when its instances double.`,
    design:
      database && plan
        ? design(scene, context, database, plan, product)
        : [paragraph(say`${scene.app} names no database to put a pooler in front of.`)],
  };
}

function design(
  scene: Scene,
  context: Context,
  database: Component,
  plan: PoolPlan,
  product: string,
): Block[] {
  const size = plan.total ? whole(plan.total) : { name: '<rate × hold time ÷ planned use>' };
  const half = plan.total
    ? whole(
        figure(
          scene,
          'design.poolHalf',
          [Math.max(1, Math.floor(plan.total.value / 2)), 'count'],
          'connections ÷ two processes of the pooler',
          [plan.total],
          database.subject,
        ),
      )
    : size;
  const wait = plan.wait ? raw(inS(plan.wait), 2) : { name: '<seconds>' };
  const db = kebab(database.subject.name, 'primary');
  const app = kebab(scene.service?.subject.name ?? context.case.appName, 'app');
  const texts: Record<string, { language: string; text: Text }> = {
    pgbouncer: {
      language: 'ini',
      text: say`[databases]
${app} = host=${db} pool_size=${half}        ; per process of the pooler: two share the port

[pgbouncer]
pool_mode = transaction
so_reuseport = on                  ; one process uses one core
query_wait_timeout = ${wait}             ; seconds; the default lets a request wait for minutes
max_client_conn = <processes × their pools, with room>
max_prepared_statements = <statements the driver prepares>  ; needs PgBouncer ${raw(PREPARED_SINCE)} or newer`,
    },
    proxysql: {
      language: 'sql',
      text: say`UPDATE mysql_servers SET max_connections = ${half};      -- per ProxySQL node: two of them
UPDATE global_variables SET variable_value = ${plan.wait ? raw(plan.wait) : wait}
 WHERE variable_name = 'mysql-connect_timeout_server_max';
-- what pins a client to a connection; should stay empty for ${app}
SELECT digest_text, count_star FROM stats_mysql_query_digest WHERE digest_text LIKE 'SET %';
LOAD MYSQL SERVERS TO RUNTIME; SAVE MYSQL SERVERS TO DISK;`,
    },
    'rds-proxy': {
      language: 'yaml',
      text: say`# share of the server's own limit that the proxy may use
ConnectionPoolConfigurationInfo:
  MaxConnectionsPercent: <room ÷ limit, in per cent>   # ${size} connections for ${app}
  ConnectionBorrowTimeout: ${wait}                         # whole seconds; at least one
  SessionPinningFilters: [EXCLUDE_VARIABLE_SETS]`,
    },
  };
  const chosen = texts[product] ?? texts.pgbouncer;
  const traps = context.knowledge.traps(product).slice(0, 3);
  return [
    poolTable(scene, database, plan),
    ...(chosen
      ? [
          code(
            chosen.language,
            chosen.text,
            say`${name(TITLE[product] ?? product)} in front of ${name(database.subject.name)}`,
          ),
        ]
      : []),
    bullets([
      coreBound(scene, context, database),
      ...traps.map((t) => say`${name(TITLE[product] ?? product)}: ${t.title}. ${t.text}`),
      say`Migrations and administration of ${name(database.subject.name)} go past the pooler, over the connections that stay free.`,
    ]),
  ];
}

export default {
  id: 'connection-pooler',
  layer: 'database',
  title: 'A connection pooler in transaction mode',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.2, 0.8], growth: [0.05, 0.4] },
  blocked,
  advise,
} satisfies Remedy;
