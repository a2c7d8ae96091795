import { describe, expect, it } from 'vitest';
import { hasSeries, prometheusName, seriesOf } from '../../../src/deliverables/signals/prometheus-names.js';
import type { RecordedMetric } from '../../../src/domain/index.js';

const metric = (
  name: string,
  unit: string,
  kind: RecordedMetric['kind'],
  more: Partial<RecordedMetric> = {},
): RecordedMetric => ({ name, unit, kind, service: 'shop', job: 'shop', keys: [], bounds: [], ...more });

describe('the name of a metric in Prometheus', () => {
  it.each([
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
    ['process.cpu.time', 's', 'counter', 'process_cpu_time_seconds_total'],
    ['process.cpu.utilization', '1', 'gauge', 'process_cpu_utilization_ratio'],
    ['postgresql.backends', '1', 'up-down-counter', 'postgresql_backends'],
    ['redis.keyspace.hits', '{hit}', 'counter', 'redis_keyspace_hits_total'],
    ['redis.memory.used', 'By', 'gauge', 'redis_memory_used_bytes'],
    ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
    ['request_latency_seconds', 's', 'histogram', 'request_latency_seconds'],
    ['http_requests_total', '', 'counter', 'http_requests_total'],
    ['http_requests', '', 'counter', 'http_requests_total'],
    ['a..b--c', '', 'gauge', 'a_b_c'],
    ['5xx', '', 'gauge', '_5xx'],
  ] as const)('of %s in %s (%s) is %4$s', (name, unit, kind, expected) => {
    expect(prometheusName(metric(name, unit, kind))).toBe(expected);
  });
});

describe('a series', () => {
  const recorded = {
    callees: [],
    metrics: [
      metric('db.client.operation.duration', 's', 'histogram', { keys: ['db.system.name'], job: 'n/shop' }),
    ],
  };
  it('is there with its parts and labels, for its own job', () => {
    const uses = [['db_client_operation_duration_seconds_sum', 'db_system_name']] as const;
    expect(hasSeries(recorded, uses)).toBe(true);
    expect(hasSeries(recorded, uses, 'n/shop')).toBe(true);
    expect(hasSeries(recorded, uses, 'shop')).toBe(false);
    expect(hasSeries(recorded, [['db_client_operation_duration_seconds_sum', 'db_name']])).toBe(false);
  });
  it('of a summary has no buckets', () => {
    expect(seriesOf(metric('go_gc', 's', 'summary'))).toEqual([
      'go_gc_seconds',
      'go_gc_seconds_count',
      'go_gc_seconds_sum',
    ]);
  });
});
