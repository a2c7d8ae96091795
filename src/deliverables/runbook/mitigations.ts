import {
  type Change,
  type Context,
  constant,
  type Fact,
  name,
  num,
  quote,
  say,
  type Text,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { cpuDemand, deadline, PLANNING } from '../../remedies/design/arithmetic.js';
import { HARD_OVER_SOFT } from '../../remedies/design/chosen.js';
import { type Scene, sceneOf } from '../../remedies/design/scene.js';
import { mayHold, type Parts } from '../parts.js';
import { suspectsFirst } from '../signals/remote.js';
import { digits, whole } from '../text.js';

/** What can be done at once, and undone. */
export interface Mitigation {
  id: string;
  title: Text;
  /** How soon it can be taken back, the soonest first. */
  undoneIn: 'seconds' | 'minutes' | 'a deploy' | 'not at all';
  language: string;
  command: Text;
  undo: Text;
  caution: Text;
  approvals: readonly string[];
  /** Causes it helps against; empty for any. */
  against: readonly string[];
}

const SRE = ['SRE-Lead'] as const;
const BOTH = ['SRE-Lead', 'Platform-Architect'] as const;
const STUCK = constant(
  'runbook.stuck',
  30,
  's',
  'Kneepoint: a session idle inside a transaction for this long has no user waiting for it any more',
);

/** Mitigations that this case has the parts for, in the order in which they can be undone. */
export function mitigationsOf(p: Parts): Mitigation[] {
  const scene = sceneOf(p.context, {
    finding: '',
    hypothesis: '',
    subject: p.service?.subject ?? p.context.app,
    supported: false,
  });
  const all = [
    ...switchOffCall(p),
    ...breaker(p, scene),
    ...longerLives(p),
    ...admission(p, scene),
    ...pauseBatch(p),
    ...scaleOut(p),
    ...timeouts(p),
    ...rollBack(p),
    ...endSessions(p),
  ];
  const order = ['seconds', 'minutes', 'a deploy', 'not at all'];
  return all
    .map((m, at) => ({ m, at }))
    .sort((a, b) => order.indexOf(a.m.undoneIn) - order.indexOf(b.m.undoneIn) || a.at - b.at)
    .map((x) => x.m);
}

/** A call that a change added can be switched off alone. */
export const flagged = (context: Context): Change[] =>
  context.changes
    .filter((c) => c.mechanisms.includes('call-added') || c.mechanisms.includes('feature-flag'))
    .slice(0, 2);

const switchOffCall = (p: Parts): Mitigation[] =>
  flagged(p.context).map((c, i) => ({
    id: `switch-off-${i + 1}`,
    title: say`Switch off what ${quote(c.summary)} brought`,
    undoneIn: 'seconds',
    language: 'bash',
    command: say`# the flag that carries the change; no flag: go to the rollback below, and ask for one in the review
curl -fsS -X POST "$FLAGS_URL" -H 'content-type: application/json' -d "$FLAG_OFF"`,
    undo: say`The same with $FLAG_ON; for one instance first, two minutes.`,
    caution: say`What it brought is gone meanwhile: tell support what users see, and never answer as if it had succeeded.`,
    approvals: SRE,
    against: [
      'new-dependency-call',
      'slow-dependency',
      'serial-calls',
      'chatty-service',
      'long-transaction',
      'pool-exhausted',
      'connection-limit',
      'thread-pool-exhausted',
    ],
  }));

function breaker(p: Parts, scene: Scene): Mitigation[] {
  const callee = suspectsFirst(p)[0];
  if (!callee) return [];
  const limit = deadline(scene, callee);
  return [
    {
      id: 'breaker',
      title: say`Stop waiting for ${name(callee.subject.name)}: open its circuit breaker${limit ? say`, or cut its time-out to ${num(limit)}` : ''}`,
      undoneIn: 'seconds',
      language: 'text',
      command: say`Breaker of ${p.app} towards the callee: force open. Without a breaker: its client time-out${limit ? say` = ${whole(limit)} ms` : ''}, by configuration.`,
      undo: say`Breaker back to automatic; it closes by itself when calls succeed.`,
      caution: say`Requests take their fallback now. Check that the fallback is one: no charge, booking or promise may rest on an answer that was not given.`,
      approvals: SRE,
      against: [
        'slow-dependency',
        'new-dependency-call',
        'serial-calls',
        'chatty-service',
        'head-of-line-queue',
        'thread-pool-exhausted',
        'long-transaction',
      ],
    },
  ];
}

const longerLives = (p: Parts): Mitigation[] =>
  p.cache
    ? [
        {
          id: 'serve-old',
          title: say`Serve older answers from ${name(p.cache.subject.name)}: soft time to live ${num(HARD_OVER_SOFT)} as long`,
          undoneIn: 'minutes',
          language: 'text',
          command: say`Time to live of read answers × ${digits(HARD_OVER_SOFT)}, by configuration. Stock, balances, limits and whatever a write decides upon stay as they are.`,
          undo: say`The old time to live; entries written meanwhile end by themselves.`,
          caution: say`Readers see older data. Do not flush the cache to "help": every key would miss at once.`,
          approvals: SRE,
          against: [
            'low-hit-ratio',
            'ttl-too-short',
            'stampede',
            'cold-cache',
            'slow-statement',
            'connection-limit',
            'pool-exhausted',
          ],
        },
      ]
    : [];

/** The load that today’s processors carry at the planned utilisation; what is above is refused early. */
function admission(p: Parts, scene: Scene): Mitigation[] {
  const cpu = cpuDemand(scene);
  const carried =
    cpu && cpu.used.value > PLANNING.value
      ? calc(
          'runbook.admit',
          p.context.app,
          [Number(((cpu.at.value * PLANNING.value) / cpu.used.value).toPrecision(2)), '1/s'],
          'rate it was read at × planning utilisation ÷ utilisation, rounded',
          [cpu.at, PLANNING, cpu.used],
        )
      : undefined;
  return [
    {
      id: 'admit-less',
      title: carried
        ? say`Admit ${num(carried)} and refuse the rest at once`
        : say`Admit what ${name(p.app)} carries and refuse the rest at once`,
      undoneIn: 'seconds',
      language: carried ? 'nginx' : 'text',
      command: carried
        ? say`# at the edge; the number is for all of it: divide by the edge instances
limit_req_zone $server_name zone=admit:1m rate=${whole(carried)}r/s;
limit_req zone=admit burst=${whole(burstOf(carried))} nodelay;
limit_req_status 503;   # with Retry-After: clients must not repeat at once`
        : say`Rate limit at the edge at the last rate at which the targets held (the dashboard’s first row shows it), answering 503 with Retry-After.`,
      undo: say`Remove the limit in steps of a tenth, two minutes each.`,
      caution: say`Some users are turned away so that the others are served; writes that are under way (payments, orders) go before reads.`,
      approvals: BOTH,
      against: [],
    },
  ];
}

const burstOf = (rate: Fact): Fact =>
  calc(
    'runbook.admitBurst',
    rate.subject,
    [Math.ceil(rate.value / 10), 'count'],
    'a tenth of a second’s requests',
    [rate],
  );

const pauseBatch = (p: Parts): Mitigation[] =>
  p.context.case.traits.some((t) => t.trait === 'batch') || mayHold(p, 'batch-contention', 'consumer-lag')
    ? [
        {
          id: 'pause-batch',
          title: say`Pause jobs that share the database with ${name(p.app)}`,
          undoneIn: 'minutes',
          language: 'bash',
          command: p.kubernetes
            ? say`kubectl get cronjobs -A
kubectl patch cronjob "$JOB" -p '{"spec":{"suspend":true}}'`
            : say`# the scheduler of the case: stop the next run, let the current one finish its transaction`,
          undo: p.kubernetes
            ? say`kubectl patch cronjob "$JOB" -p '{"spec":{"suspend":false}}'`
            : say`Start it again; watch its first run.`,
          caution: say`Know what waits for its result and until when.`,
          approvals: SRE,
          against: ['batch-contention', 'lock-wait', 'slow-statement', 'maintenance-work', 'replica-lag'],
        },
      ]
    : [];

const DATABASE_FULL = ['connection-limit', 'pool-exhausted', 'long-transaction', 'lock-wait'];

function scaleOut(p: Parts): Mitigation[] {
  const full = mayHold(p, ...DATABASE_FULL);
  return [
    {
      id: 'scale-out',
      title: say`Add instances of ${name(p.app)}`,
      undoneIn: 'minutes',
      language: 'bash',
      command: p.kubernetes
        ? say`kubectl scale deployment/${p.job} --replicas="$MORE"
kubectl rollout status deployment/${p.job} --timeout=5m`
        : p.context.components.some((c) => c.product === 'app-service')
          ? say`az monitor autoscale update -g "$GROUP" -n ${p.job} --count "$MORE" --min-count "$MORE"`
          : p.context.components.some((c) => ['ecs', 'alb', 'rds', 'ec2'].includes(c.product ?? ''))
            ? say`aws autoscaling set-desired-capacity --auto-scaling-group-name "$ASG" --desired-capacity "$MORE" --honor-cooldown`
            : say`# the platform's own way to add instances; then watch the first row of the dashboard`,
      undo: say`Back to the old number, one quiet hour later.`,
      caution: full
        ? say`Not before connections are below their limit: each instance brings its own pool, and the database is what is suspected to be full. Check ConnectionsNearLimit first.`
        : say`Helps only when the instances are what is busy; look at ProcessorsBusy first.`,
      approvals: full ? BOTH : SRE,
      against: [
        'cpu-saturation',
        'event-loop-blocked',
        'inefficient-code',
        'gc-pressure',
        'thread-pool-exhausted',
      ],
    },
  ];
}

function timeouts(p: Parts): Mitigation[] {
  if (p.dialect !== 'postgresql' && p.dialect !== 'mysql') return [];
  const pg = p.dialect === 'postgresql';
  return [
    {
      id: 'bound-sessions',
      title: say`Bound how long a session of ${name(p.database?.subject.name ?? 'the database')} may sit idle in a transaction`,
      undoneIn: 'minutes',
      language: 'sql',
      command: pg
        ? say`ALTER ROLE app_role SET idle_in_transaction_session_timeout = '${digits(STUCK)}s';   -- your application's role; new sessions only`
        : say`SET GLOBAL innodb_lock_wait_timeout = ${digits(STUCK)};   -- new sessions only`,
      undo: pg
        ? say`ALTER ROLE app_role RESET idle_in_transaction_session_timeout;`
        : say`SET GLOBAL innodb_lock_wait_timeout = DEFAULT;`,
      caution: say`Requests that sit longer now fail instead of holding others: errors rise before latency falls.`,
      approvals: SRE,
      against: ['long-transaction', 'lock-wait', 'pool-exhausted', 'connection-limit'],
    },
  ];
}

const rollBack = (p: Parts): Mitigation[] =>
  p.context.changes.length > 0
    ? [
        {
          id: 'roll-back',
          title: say`Roll back, one change at a time, the best fitting first: ${quote(p.context.changes[0]?.summary ?? '')}`,
          undoneIn: 'a deploy',
          language: 'bash',
          command: p.kubernetes
            ? say`kubectl rollout history deployment/${p.job}
kubectl rollout undo deployment/${p.job} --to-revision="$BEFORE"`
            : say`# deploy the revision of before that change, to one instance, then to all
git log --oneline --since="$BEFORE_CHANGE" -- .`,
          undo: say`Roll forward to the same revision.`,
          caution: say`Check that nothing written since then needs the new version (schema, messages, cache entries). Recent is not guilty: compare the onset first.`,
          approvals: BOTH,
          against: [
            'new-dependency-call',
            'n-plus-one',
            'slow-statement',
            'event-loop-blocked',
            'inefficient-code',
            'memory-leak',
            'gc-pressure',
          ],
        },
      ]
    : [];

const endSessions = (p: Parts): Mitigation[] => {
  const command =
    p.dialect === 'postgresql'
      ? say`SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE state = 'idle in transaction' AND now() - state_change > interval '${digits(STUCK)} seconds';`
      : p.dialect === 'mysql'
        ? say`SELECT CONCAT('KILL ', p.id, ';') FROM information_schema.innodb_trx t
JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.command = 'Sleep' AND p.time > ${digits(STUCK)};   -- read the list, then run its lines`
        : p.dialect === 'sqlserver'
          ? say`SELECT 'KILL ' + CAST(s.session_id AS varchar(10)) FROM sys.dm_exec_sessions s
JOIN sys.dm_tran_session_transactions t ON t.session_id = s.session_id
WHERE s.status = 'sleeping' AND DATEDIFF(second, s.last_request_end_time, SYSDATETIME()) > ${digits(STUCK)};   -- read the list, then run its lines`
          : undefined;
  return command
    ? [
        {
          id: 'end-sessions',
          title: say`End sessions of ${name(p.database?.subject.name ?? 'the database')} that hold a transaction and do nothing`,
          undoneIn: 'not at all',
          language: 'sql',
          command,
          undo: say`None: their transactions are rolled back.`,
          caution: say`They come back as long as the code that holds them runs; this buys minutes for a change above.`,
          approvals: SRE,
          against: ['long-transaction', 'lock-wait', 'connection-limit', 'pool-exhausted'],
        },
      ]
    : [];
};
