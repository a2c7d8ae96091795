import { describe, expect, it } from 'vitest';
import type { IncidentEvidence, Series, Switch } from '../../../src/facts/changes/evidence.js';
import { suspectChange } from '../../../src/facts/changes/suspect.js';
import { readSwitch } from '../../../src/facts/changes/switches.js';

const MINUTE = 60_000;
const ONSET = 42;
const series = (service: string, metric: string, before: number, after: number): Series => ({
  service,
  metric,
  points: Array.from({ length: 60 }, (_, i) => ({
    atMs: i * MINUTE,
    value: (i < ONSET ? before : after) * (1 + 0.03 * Math.sin(i * 1.7)),
  })),
});
const flag = (name: string, what: string, minute: number, service = 'orders'): Switch => ({
  atMs: minute * MINUTE,
  service,
  name,
  what,
});

/** Connections run out in `orders`; one commit of words alone beside the switches. */
const incident = (switches: Switch[], after = 2400): IncidentEvidence => ({
  alert: { service: 'orders', metric: 'latency', atMs: (ONSET + 4) * MINUTE },
  series: [
    series('orders', 'http_server_duration_p99_ms', 180, after),
    series('orders', 'db_pool_wait_ms', 2, after > 200 ? 900 : 2),
    series('orders', 'requests_per_sec', 200, 200),
    series('catalog', 'http_server_duration_p99_ms', 90, 90),
  ],
  logs: [],
  spans: [],
  commits: [
    {
      sha: 'a'.repeat(40),
      atMs: 40 * MINUTE,
      message: 'tidy',
      files: ['services/orders/view.ts'],
      diff: '-  const a = 1;\n+  const b = 1;',
    },
  ],
  deploys: [{ atMs: 40 * MINUTE, service: 'orders', sha: 'a'.repeat(40) }],
  switches,
});

const first = (evidence: IncidentEvidence) => suspectChange(evidence).ranked[0];

describe('flags and settings as suspects', () => {
  it('names a setting that does what is seen, where and when it is seen', () => {
    const found = first(
      incident([flag('orders_db_pool_max', '50 -> 10', 40), flag('new_banner', 'off->on', 41)]),
    );
    expect(found).toMatchObject({ kind: 'switch', sha: 'orders_db_pool_max' });
    expect(found?.probability).toBeGreaterThan(0.5);
  });

  it('names none for its time and place alone, nor one that came after, long before or elsewhere', () => {
    for (const s of [
      flag('new_banner', 'off->on', 41),
      flag('orders_db_pool_max', '50 -> 10', 50),
      flag('orders_db_pool_max', '10 -> 50', 41),
      flag('catalog_db_pool_max', '50 -> 10', 41, 'catalog'),
    ]) {
      const found = first(incident([s]));
      expect(found?.kind === 'switch' && found.probability >= 0.5, s.name + s.what).toBe(false);
    }
  });

  it('finds nothing to blame where nothing is wrong', () => {
    const quiet = suspectChange(incident([flag('orders_db_pool_max', '50 -> 10', 40)], 180));
    expect(quiet.signature.faults).toEqual([]);
  });

  it('reads what a switch is about and which way it went', () => {
    const read = (name: string, what: string) => readSwitch(flag(name, what, 0)).map((m) => m.mechanism);
    expect(read('payment_retries', 'off->on')).toContain('retry-added');
    expect(read('price_cache', 'on->off')).toContain('cache-removed');
    expect(read('price_cache', 'off->on')).not.toContain('cache-removed');
    expect(read('page_size', 'from 200 to 20')).toContain('batch-shrunk');
    expect(read('client_timeout', '30s -> 5s')).toContain('timeout-changed');
    expect(read('log_level', 'info -> debug')).toContain('logging-added');
    expect(read('spring_banner', 'off->on')).toEqual(['flag-changed']);
  });
});
