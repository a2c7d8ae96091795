import { constant, type DeliverableEntry, derived, name, say } from '../../domain/index.js';
import { PLANNING } from '../../remedies/design/arithmetic.js';
import { poolPlan } from '../../remedies/design/pool-blocks.js';
import { sceneOf } from '../../remedies/design/scene.js';
import { mayHold, partsOf } from '../parts.js';
import { digits, plainName, whole } from '../text.js';

const PROCESSES = constant(
  'pgbouncer.processes',
  2,
  'count',
  'PgBouncer documentation, so_reuseport: one process uses one core; two share the port, and one can restart',
);
const CLIENTS = constant(
  'pgbouncer.clients',
  4000,
  'count',
  'Kneepoint: client connections are cheap (about 2 KB each); refusing them would hide the queue',
);
const PREPARED = constant(
  'pgbouncer.prepared',
  200,
  'count',
  'PgBouncer 1.21 release notes, 2023: suggests a few hundred; must cover the statements that one client prepares',
);

/** PgBouncer in front of PostgreSQL, sized by what the server has room for. */
export default {
  id: 'config/pgbouncer',
  about: 'pgbouncer.ini sized from the server’s limit and the connections that the load needs',
  make(result, context) {
    const parts = partsOf(result, context);
    const { database } = parts;
    if (
      !database ||
      parts.dialect !== 'postgresql' ||
      !mayHold(parts, 'connection-limit', 'pool-exhausted', 'long-transaction')
    )
      return [];
    const scene = sceneOf(context, {
      finding: '',
      hypothesis: 'connection-limit',
      subject: database.subject,
      supported: false,
    });
    const plan = poolPlan(scene, database);
    if (!plan.total || !plan.wait) return [];
    const each = derived(
      {
        name: 'pgbouncer.poolEach',
        subject: database.subject,
        value: Math.ceil(plan.total.value / PROCESSES.value),
        unit: 'count',
        phase: plan.total.phase,
      },
      'connections ÷ processes of the pooler, rounded up',
      [plan.total, PROCESSES],
    );
    const note =
      plan.over && plan.need && plan.room
        ? say`; ${whole(plan.need.busy)} connections would be busy at the load asked for (${whole(plan.need.size)} at ${digits(PLANNING, 100)} % use), and the server has room for ${whole(plan.room.room)}:
; this file bounds the queue, it does not shorten it. Statements and transactions have to get shorter first.`
        : say`; pool_size covers the busy connections at ${digits(PLANNING, 100)} % use.`;
    return [
      {
        id: 'config/pgbouncer',
        path: 'config/pgbouncer.ini',
        kind: 'config',
        stack: 'PgBouncer',
        language: 'ini',
        title: say`PgBouncer in front of ${name(database.subject.name)}, sized by what it has room for`,
        use: say`PGHOST=db.internal PGDATABASE=app envsubst < config/pgbouncer.ini > /etc/pgbouncer/pgbouncer.ini && systemctl reload pgbouncer`,
        text: say`; PgBouncer 1.21 or newer, for ${plainName(parts.app)}. ${whole(PROCESSES)} processes share the port: sizes are per process.
${note}
[databases]
app = host=$PGHOST dbname=$PGDATABASE pool_size=${whole(each)}

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
pool_mode = transaction
so_reuseport = 1
max_client_conn = ${whole(CLIENTS)}
max_prepared_statements = ${whole(PREPARED)}
; seconds a request may wait for a connection: a part of its latency target, then it fails where it can still be told
query_wait_timeout = ${digits(plan.wait, 0.001)}
server_idle_timeout = 60
; Behind it these do not survive a transaction: session SET, LISTEN, session advisory locks, temporary tables, SQL-level PREPARE.
; Migrations and administration go past it, over the connections that stay free.
`,
      },
    ];
  },
} satisfies DeliverableEntry;
