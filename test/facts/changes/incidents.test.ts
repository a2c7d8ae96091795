import { describe, expect, it } from 'vitest';
import type {
  Commit,
  IncidentEvidence,
  LogLine,
  Series,
  SpanRow,
} from '../../../src/facts/changes/evidence.js';
import { suspectChange } from '../../../src/facts/changes/suspect.js';

const MINUTE = 60_000;
const ONSET = 42;
const wobble = (i: number): number => 1 + 0.03 * Math.sin(i * 1.7);
const series = (service: string, metric: string, before: number, after: number): Series => ({
  service,
  metric,
  points: Array.from({ length: 60 }, (_, i) => ({
    atMs: i * MINUTE,
    value: (i < ONSET ? before : after) * wobble(i),
  })),
});
const lines = (service: string, message: string, severity = 'ERROR'): LogLine[] =>
  Array.from({ length: 8 }, (_, i) => ({ atMs: (ONSET + 1 + i) * MINUTE, service, severity, message }));

let serial = 0;
const commit = (file: string, diff: string, atMinute = 38): Commit => {
  serial++;
  return {
    sha: String(serial).padStart(40, '0'),
    atMs: atMinute * MINUTE,
    message: 'tidy',
    files: [file],
    diff,
  };
};

/** Changes that tempt: a mechanism in another service, a harmless one in the failing one, and the latest of all. */
const DECOYS = {
  otherLoop: commit(
    'services/catalog/list.ts',
    ' for (const p of page) {\n+  p.stock = await stockClient.getStock(p.sku);\n }',
    30,
  ),
  rename: commit('services/payment/charge.go', '-	total := sum(xs)\n+	amount := sum(xs)', 40),
  latest: commit('services/frontend/view.tsx', '-  <b>{title}</b>\n+  <strong>{title}</strong>', 41),
};

interface Incident {
  service: string;
  metric: string;
  guilty?: Commit;
  part: Partial<IncidentEvidence>;
}

/** The named change and the first failing service, `none` for no commit. */
function answer(incident: Incident): string {
  const commits = [...Object.values(DECOYS), ...(incident.guilty ? [incident.guilty] : [])];
  const serviceOf = (c: Commit): string => c.files[0]?.split('/')[1] ?? '';
  const evidence: IncidentEvidence = {
    alert: { service: incident.service, metric: incident.metric, atMs: (ONSET + 4) * MINUTE },
    logs: [],
    spans: [],
    ...incident.part,
    series: [
      ...(incident.part.series ?? []),
      series('catalog', 'http_server_duration_p99_ms', 90, 90),
      series('catalog', 'requests_per_sec', 200, 200),
      series(incident.service, 'requests_per_sec', 200, 200),
    ],
    commits,
    deploys: commits.map((c) => ({
      atMs: c.atMs + 30_000,
      service: `${serviceOf(c)}service`,
      sha: c.sha,
    })),
  };
  const [first] = suspectChange(evidence).ranked;
  return first?.sha === incident.guilty?.sha ? 'guilty' : (first?.sha ?? '');
}

const p99 = (service: string, after = 2400): Series =>
  series(service, 'http_server_duration_p99_ms', 180, after);
const errors = (service: string, after = 0.4): Series =>
  series(service, 'error_rate_5xx_ratio', 0.001, after);
const failing = (service: string, name: string, error: string): SpanRow[] =>
  Array.from({ length: 3 }, (_, i) => ({
    traceId: `t${i}`,
    spanId: `${service}${i}`,
    service,
    name,
    startMs: (ONSET + 2) * MINUTE,
    durationMs: 900,
    failed: true,
    error,
    attributes: {},
  }));

const BY_COMMIT: readonly [string, Incident][] = [
  [
    'eager load gone: one query an element',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      guilty: commit(
        'services/payment/ledger.py',
        "-    rows = Entry.objects.select_related('account').filter(day=d)\n+    rows = Entry.objects.filter(day=d)",
      ),
      part: {
        series: [p99('paymentservice'), series('paymentservice', 'db_query_count_per_request', 3, 60)],
      },
    },
  ],
  [
    'connections no longer given back',
    {
      service: 'paymentservice',
      metric: 'db_pool_wait_seconds_p99',
      guilty: commit(
        'services/payment/store.go',
        ' rows, err := db.Query(q)\n-	defer rows.Close()\n 	return scan(rows)',
      ),
      part: {
        series: [
          p99('paymentservice'),
          series('paymentservice', 'db_pool_wait_seconds_p99', 0.01, 6),
          series('paymentservice', 'db_pool_in_use', 8, 20),
        ],
        logs: lines('paymentservice', 'timed out waiting to acquire connection: pool exhausted'),
      },
    },
  ],
  [
    'a cache that lives a moment',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      guilty: commit('services/payment/config.yaml', '-  rates_cache_ttl: 10m\n+  rates_cache_ttl: 1s'),
      part: {
        series: [p99('paymentservice', 900), series('paymentservice', 'db_query_count_per_request', 1, 6)],
      },
    },
  ],
  [
    'a key that never hits',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      guilty: commit(
        'services/payment/rates.go',
        '-	key := "rate:" + currency\n+	key := fmt.Sprintf("rate:%s:%d", currency, time.Now().UnixNano())',
      ),
      part: {
        series: [p99('paymentservice', 900), series('paymentservice', 'cache_hit_ratio', 0.93, 0.02)],
      },
    },
  ],
  [
    'attempts that multiply',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      guilty: commit('services/payment/http.yaml', '-  max_attempts: 1\n+  max_attempts: 8'),
      part: {
        series: [errors('paymentservice'), series('paymentservice', 'outgoing_retries_per_sec', 1, 60)],
        logs: lines('paymentservice', 'call to ledger failed, retries exhausted'),
      },
    },
  ],
  [
    'workers that became few',
    {
      service: 'paymentservice',
      metric: 'queue_depth',
      guilty: commit(
        'services/payment/worker.go',
        '-	sem := make(chan struct{}, 64)\n+	sem := make(chan struct{}, 2)',
      ),
      part: {
        series: [p99('paymentservice', 5000), series('paymentservice', 'queue_depth', 3, 900)],
        logs: lines('paymentservice', 'job waited 41 s: context deadline exceeded'),
      },
    },
  ],
  [
    'a lock around the hot path',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      guilty: commit(
        'services/payment/Charge.java',
        '-  Receipt charge(Order o) {\n+  synchronized Receipt charge(Order o) {',
      ),
      part: {
        series: [p99('paymentservice')],
        logs: lines(
          'paymentservice',
          'slow request: charge waited 1900 ms for monitor, lock contention',
          'WARN',
        ),
      },
    },
  ],
  [
    'serialisable transactions that deadlock',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      guilty: commit(
        'services/payment/Ledger.java',
        '-  @Transactional\n+  @Transactional(isolation = Isolation.SERIALIZABLE)',
      ),
      part: {
        series: [errors('paymentservice'), p99('paymentservice')],
        logs: lines('paymentservice', 'ERROR: deadlock detected, could not serialize access'),
      },
    },
  ],
  [
    'a dropped index',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      guilty: commit('services/payment/migrations/9.sql', '+DROP INDEX payments_customer_idx;'),
      part: {
        series: [p99('paymentservice', 5000)],
        logs: lines(
          'paymentservice',
          'slow query: 4100 ms SELECT * FROM payments WHERE customer = $1',
          'WARN',
        ),
      },
    },
  ],
  [
    'memory that only grows',
    {
      service: 'paymentservice',
      metric: 'memory_utilization',
      guilty: commit(
        'services/payment/hub.js',
        '   socket.on("close", () => {\n-    bus.removeListener("tick", onTick);\n   });',
      ),
      part: {
        series: [series('paymentservice', 'memory_utilization', 0.4, 0.97), errors('paymentservice', 0.2)],
        logs: lines('paymentservice', 'container killed: OOMKilled, heap out of memory'),
      },
    },
  ],
  [
    'a guard that went, and a crash',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      guilty: commit(
        'services/payment/charge.py',
        '-    if resp.three_ds is None:\n-        return None\n     return resp.three_ds.id',
      ),
      part: {
        series: [errors('paymentservice'), series('paymentservice', 'panic_count', 0, 12)],
        logs: lines('paymentservice', "AttributeError: 'NoneType' object has no attribute 'id'"),
      },
    },
  ],
];

const BY_NO_COMMIT: readonly [string, Incident][] = [
  [
    'demand at every service',
    {
      service: 'frontend',
      metric: 'http_server_duration_p99_ms',
      part: {
        series: [
          p99('frontend'),
          ...['web', 'paymentservice', 'cartservice'].map((s) => series(s, 'requests_per_sec', 100, 700)),
        ],
        logs: lines('frontend', 'server overloaded, shedding load', 'WARN'),
      },
    },
  ],
  [
    'a certificate that ran out',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      part: {
        series: [errors('paymentservice', 0.9)],
        logs: lines(
          'paymentservice',
          'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
        ),
      },
    },
  ],
  [
    'a full disk',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      part: {
        series: [errors('paymentservice'), series('paymentservice', 'disk_used_ratio', 0.7, 1)],
        logs: lines('paymentservice', 'could not write to file: No space left on device'),
      },
    },
  ],
  [
    'names that no longer resolve',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      part: {
        series: [errors('paymentservice'), errors('cartservice')],
        logs: [
          ...lines('paymentservice', 'getaddrinfo EAI_AGAIN ledger.internal'),
          ...lines('cartservice', 'lookup redis.internal: no such host'),
        ],
      },
    },
  ],
  [
    'a provider that is down',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      part: {
        series: [errors('paymentservice'), p99('paymentservice', 5000)],
        logs: lines('paymentservice', 'call to external provider acquirer failed: 503 Service Unavailable'),
        spans: failing(
          'paymentservice',
          'POST https://api.acquirer.example/v1/charges',
          '503 Service Unavailable',
        ),
      },
    },
  ],
  [
    'a quota of a provider',
    {
      service: 'paymentservice',
      metric: 'error_rate_5xx_ratio',
      part: {
        series: [errors('paymentservice')],
        logs: lines('paymentservice', 'upstream returned 429 Too Many Requests: quota exceeded'),
      },
    },
  ],
  [
    'a neighbour that takes the processor',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      part: {
        series: [p99('paymentservice', 900), series('node-7', 'cpu_steal_ratio', 0.01, 0.35)],
        logs: lines('node-7', 'node condition: CPU pressure, noisy neighbour evicted', 'WARN'),
      },
    },
  ],
  [
    'nothing but slowness, with harmless changes',
    {
      service: 'paymentservice',
      metric: 'http_server_duration_p99_ms',
      part: { series: [p99('paymentservice', 700)] },
    },
  ],
];

describe('incidents that a commit caused, among tempting others', () => {
  it.each(BY_COMMIT)('%s', (_name, incident) => {
    expect(answer(incident)).toBe('guilty');
  });

  it.each(BY_COMMIT)('%s: and none of the others is named without it', (_name, incident) => {
    const { guilty: _without, ...rest } = incident;
    expect(answer(rest)).toBe('none');
  });
});

describe('incidents that no commit caused', () => {
  it.each(BY_NO_COMMIT)('%s', (_name, incident) => {
    expect(answer(incident)).toBe('none');
  });
});
