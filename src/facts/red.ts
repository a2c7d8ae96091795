import { type Fact, type Subject, subject } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { attributeSql } from './attributes.js';
import type { Phases } from './phases.js';
import { fromQuery, type Origin } from './query-fact.js';
import { roleOf, statementSubject, storeOf } from './span-kind.js';

/** Facts of the busiest operations, statements and callees; the rest is in the store. */
const MOST_OPERATIONS = 60;
const MOST_STATEMENTS = 30;

interface Times {
  phase: 'baseline' | 'incident';
  n: number;
  totalNs: number;
  failed: number;
  quantilesNs: number[];
  fromMs: number;
  toMs: number;
}
interface Operation extends Times {
  service: string;
  operation: string;
  root: boolean;
}
export interface Outgoing extends Times {
  service: string;
  system: string;
  address: string;
  port: string;
  peerService: string;
  rpcService: string;
  messaging: string;
  destination: string;
  statement: string;
  name: string;
  kind: string;
}

const TIMES = `count() AS n, sum(Duration) AS totalNs, countIf(StatusCode = 'Error') AS failed,
  quantilesExact(0.5, 0.95, 0.99)(Duration) AS quantilesNs,
  toUnixTimestamp64Milli(min(Timestamp)) AS fromMs, toUnixTimestamp64Milli(max(Timestamp)) AS toMs`;

/** Rate, errors and durations of what services serve, from all spans. */
export async function operationFacts(
  store: Store,
  phases: Phases,
  sources: readonly string[],
): Promise<Fact[]> {
  const rows = await store.query<Operation>(
    `SELECT ServiceName AS service, SpanName AS operation, ${phases.sql('Timestamp')} AS phase, ParentSpanId = '' AS root, ${TIMES}
     FROM otel_traces WHERE SpanKind IN ('Server', 'Consumer') OR ParentSpanId = ''
     GROUP BY service, operation, phase, root ORDER BY root DESC, n DESC, service, operation, phase LIMIT 2000`,
    phases.params,
  );
  const kept = new Set<string>();
  for (const r of rows) if (kept.size < MOST_OPERATIONS) kept.add(JSON.stringify([r.service, r.operation]));
  const seen = new Set<string>();
  return rows.flatMap((r) => {
    const key = JSON.stringify([r.service, r.operation]);
    // The same operation as root and as a call: the one that stands for requests from outside.
    if (!kept.has(key) || seen.has(`${r.phase} ${key}`)) return [];
    seen.add(`${r.phase} ${key}`);
    return red(subject('operation', r.operation, r.service), r, {
      query: `otel_traces: served spans ${r.operation} of ${r.service}, ${r.phase}`,
      rows: r.n,
      sources,
    });
  });
}

/** Calls that services make, by callee and statement: the rows that edges, dependencies and statements are told from. */
export const outgoing = (store: Store, phases: Phases): Promise<Outgoing[]> =>
  store.query<Outgoing>(
    `SELECT ServiceName AS service, ${phases.sql('Timestamp')} AS phase, SpanKind AS kind,
            ${attributeSql('dbSystem')} AS system, ${attributeSql('address')} AS address, ${attributeSql('port')} AS port,
            ${attributeSql('peerService')} AS peerService, ${attributeSql('rpcService')} AS rpcService,
            ${attributeSql('messaging')} AS messaging, ${attributeSql('destination')} AS destination,
            normalizeQuery(${attributeSql('statement')}) AS statement, any(SpanName) AS name, ${TIMES}
     FROM otel_traces WHERE SpanKind IN ('Client', 'Producer') OR ${attributeSql('dbSystem')} != ''
     GROUP BY service, phase, kind, system, address, port, peerService, rpcService, messaging, destination, statement
     ORDER BY totalNs DESC, service, system, address, port, statement, kind, phase LIMIT 3000`,
    phases.params,
  );

/** Durations of statements and of the calls to each callee, as the caller sees them. */
export function outgoingFacts(
  rows: readonly Outgoing[],
  calleeOf: (row: Outgoing) => Subject,
  sources: readonly string[],
): Fact[] {
  const statements = new Map<string, { about: Subject; rows: Outgoing[] }>();
  const callees = new Map<string, { about: Subject; rows: Outgoing[] }>();
  const add = (to: typeof statements, about: Subject, row: Outgoing): void => {
    const key = `${row.phase} ${about.id}`;
    const group = to.get(key) ?? { about, rows: [] };
    group.rows.push(row);
    to.set(key, group);
  };
  const texts = new Set<string>();
  for (const row of rows) {
    const role = roleOf({
      name: row.name,
      kind: row.kind,
      attributes: attributesOf(row),
      statement: row.statement,
    });
    if (role === 'pool' || role === 'connect' || role === 'lock') continue;
    if (role === 'database' && row.statement !== '') {
      const about = statementSubject(row.statement.replace(/\s+/g, ' ').trim(), row.service);
      if (texts.size < MOST_STATEMENTS) texts.add(about.id);
      if (texts.has(about.id)) add(statements, about, row);
    }
    add(
      callees,
      role === 'database' || role === 'cache'
        ? storeOf(role, attributesOf(row), row.statement)
        : calleeOf(row),
      row,
    );
  }
  return [...statements.values(), ...callees.values()].flatMap(({ about, rows: of }) => {
    const whole = mergedTimes(of);
    return red(about, whole, {
      query: `otel_traces: calls to ${about.kind} ${about.name.slice(0, 60)}, ${whole.phase}`,
      rows: whole.n,
      sources,
    });
  });
}

export const attributesOf = (row: Outgoing): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      'db.system': row.system,
      'server.address': row.address,
      'server.port': row.port,
      'peer.service': row.peerService,
      'rpc.service': row.rpcService,
      'messaging.system': row.messaging,
      'messaging.destination.name': row.destination,
    }).filter(([, v]) => v !== ''),
  );

/** Several groups as one; quantiles of a mixture are not known, so those of the largest group stand for a single one only. */
function mergedTimes(rows: readonly Outgoing[]): Times {
  const [first] = rows as [Outgoing];
  return {
    phase: first.phase,
    n: rows.reduce((a, r) => a + r.n, 0),
    totalNs: rows.reduce((a, r) => a + r.totalNs, 0),
    failed: rows.reduce((a, r) => a + r.failed, 0),
    quantilesNs: rows.length === 1 ? first.quantilesNs : [],
    fromMs: Math.min(...rows.map((r) => r.fromMs)),
    toMs: Math.max(...rows.map((r) => r.toMs)),
  };
}

function red(about: Subject, t: Times, origin: Origin): Fact[] {
  const window = { from: new Date(t.fromMs).toISOString(), to: new Date(t.toMs).toISOString() };
  const fact = (name: string, value: number, unit: 'ms' | 'ratio' | 'count'): Fact =>
    fromQuery({ name, subject: about, value, unit, phase: t.phase, n: t.n, window }, origin);
  const levels = ['latency.p50', 'latency.p95', 'latency.p99'] as const;
  return [
    ...levels.flatMap((name, i) =>
      t.quantilesNs[i] === undefined ? [] : [fact(name, t.quantilesNs[i] / 1e6, 'ms')],
    ),
    fact('latency.mean', t.totalNs / 1e6 / t.n, 'ms'),
    fact('errors.ratio', t.failed / t.n, 'ratio'),
    fact('requests.count', t.n, 'count'),
  ];
}
