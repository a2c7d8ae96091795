import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Collected, collect } from '../../../src/evidence/collect.js';
import { openStore, type Store, TABLE_NAMES } from '../../../src/evidence/store/index.js';

let store: Store;
let folder: string;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(() => store.close());
beforeEach(async () => {
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-tools-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Reads a file whose name says nothing. */
async function read(...contents: string[]): Promise<Collected> {
  contents.forEach((content, i) => {
    writeFileSync(join(folder, `content-${i}`), content);
  });
  return collect([{ path: folder, role: 'incident' }], store, { redact: true });
}
const changes = (found: Collected): string[] =>
  found.changes.map((c) => `${c.at ?? 'no time'} ${c.subject.name}: ${c.summary} [${c.mechanisms.join()}]`);
const AT_MS = Date.parse('2026-05-01T12:00:00Z');

describe('exports of flag services', () => {
  it('of LaunchDarkly, as the API gives its audit log', async () => {
    const found = await read(
      JSON.stringify({
        items: [
          {
            _id: '1',
            date: AT_MS,
            kind: 'flag',
            name: 'New cart',
            titleVerb: 'turned on the flag',
            accesses: [{ action: 'updateOn', resource: 'proj/shop:env/production:flag/new-cart' }],
            member: { firstName: 'Jane', lastName: 'Doe', email: 'jane@example.com' },
          },
          { _id: '2', date: AT_MS, kind: 'member', name: 'x', accesses: [] },
        ],
      }),
    );
    expect(changes(found)).toEqual([
      '2026-05-01T12:00:00Z new-cart: new-cart: turned on the flag in production (shop) [feature-flag]',
    ]);
    expect(found.problems).toEqual([]);
  });

  it('of Unleash and Flagsmith, one object a line or in their lists', async () => {
    const event = {
      type: 'feature-environment-enabled',
      createdAt: '2026-05-01T12:00:00.000Z',
      createdBy: 'jane@example.com',
      featureName: 'new-cart',
      environment: 'production',
      project: 'default',
    };
    const entry = {
      created_date: '2026-05-01T12:01:00Z',
      log: 'Flag state updated for feature: tax_v2',
      related_object_type: 'FEATURE_STATE',
      environment: { name: 'Production' },
    };
    const found = await read(
      `${JSON.stringify(event)}\n${JSON.stringify({ ...event, type: 'feature-tagged' })}\n`,
      JSON.stringify({ count: 1, next: null, results: [entry] }),
    );
    expect(changes(found)).toEqual([
      '2026-05-01T12:00:00Z new-cart: new-cart: enabled in production (default) [feature-flag]',
      '2026-05-01T12:01:00Z tax_v2: Flag state updated for feature: tax_v2 in Production [feature-flag]',
    ]);
  });

  it('of flagd are named, and say what does tell when a flag was changed', async () => {
    const found = await read(
      JSON.stringify({ flags: { cart: { state: 'ENABLED', variants: { on: true }, defaultVariant: 'on' } } }),
    );
    expect(found.changes).toEqual([]);
    expect(found.problems[0]?.what).toContain('not when they were changed');
    expect(found.problems[0]?.todo).toContain('--source flagd');
  });
});

describe('results of tests', () => {
  const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="unit">
  <testsuite name="cart" timestamp="2026-05-01T11:00:00" tests="4" failures="1">
    <testcase classname="cart.Pool" name="waits &amp; times out" time="0.5"><failure message="x">at…</failure></testcase>
    <testcase classname="cart.Pool" name="closes" time="0.1"/>
    <testsuite name="inner"><testcase name="deep"><error/></testcase></testsuite>
    <testcase name="later"><skipped/></testcase>
  </testsuite>
</testsuites>`;

  it('in JUnit XML change nothing by themselves', async () => {
    const found = await read(JUNIT);
    expect(found.changes).toEqual([]);
    const [row] = await store.query<{ Kind: string; Name: string; Summary: string; at: string }>(
      'SELECT Kind, Name, Summary, toString(toUnixTimestamp(Timestamp)) AS at FROM changes',
    );
    expect(row).toMatchObject({
      Kind: 'ci',
      Name: 'unit',
      Summary: '2 of 4 tests failed: cart.Pool / waits & times out, deep',
    });
  });

  it('that are cut say where, and what came before is used', async () => {
    const found = await read(JUNIT.slice(0, 380));
    expect(found.problems[0]?.what).toMatch(/no XML/);
    expect(found.problems[0]?.where).toMatch(/line \d/);
  });

  it('hold no entity that grows without bound, and read no other file', async () => {
    const found = await read(
      `<testsuites><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite name="&a;"><testcase name="t"/></testsuite></testsuites>`,
    );
    expect(JSON.stringify(found.problems)).not.toContain('root:');
    expect(found.problems.some((p) => p.severity === 'error')).toBe(true);
  });

  it('that failed are told of the deploy of their revision', async () => {
    const sha = 'abcdef0123456789abcdef0123456789abcdef01';
    await read(
      JSON.stringify({ type: 'deploy', time: '2026-05-01T12:00:00Z', service: 'cart', version: 'v2', sha }),
    );
    await store.insert('changes', [
      {
        Timestamp: '2026-05-01 11:30:00.000000000',
        HasTime: true,
        Kind: 'ci',
        ServiceName: 'cart',
        Name: 'test / unit',
        Summary: 'failed at Run pool tests',
        Revision: sha,
      },
    ]);
    const found = await collect([], store, { redact: true });
    expect(found.changes.map((c) => c.summary)).toEqual([
      'deploy v2 (deployed although test / unit: failed at Run pool tests)',
    ]);
  });
});

describe('CloudWatch JSON', () => {
  const points = (): Promise<Record<string, unknown>[]> =>
    store.query(
      'SELECT ServiceName AS service, MetricName AS metric, MetricUnit AS unit, Value AS value, Attributes AS attributes, toUnixTimestamp(TimeUnix) AS at FROM otel_metrics_gauge ORDER BY MetricName, TimeUnix',
    );

  it('of get-metric-data is read: what a label names, values by their times', async () => {
    const found = await read(
      JSON.stringify({
        MetricDataResults: [
          {
            Id: 'm1',
            Label: 'db-1 CPUUtilization',
            Timestamps: ['2026-05-01T12:05:00+00:00', '2026-05-01T12:00:00+00:00'],
            Values: [91.5, 40],
            StatusCode: 'Complete',
          },
          { Id: 'm2', Label: 'FreeableMemory', Timestamps: [], Values: [], StatusCode: 'Complete' },
        ],
        Messages: [],
      }),
    );
    expect(found.problems).toEqual([]);
    const read_ = await points();
    expect(read_.map((p) => [p.service, p.metric, p.value])).toEqual([
      ['db-1', 'CPUUtilization', 40],
      ['db-1', 'CPUUtilization', 91.5],
    ]);
    expect(Number(read_[1]?.at) - Number(read_[0]?.at)).toBe(300);
  });

  it('of get-metric-statistics is read with its unit and its statistic', async () => {
    await read(
      JSON.stringify({
        Label: 'Latency',
        Datapoints: [
          { Timestamp: '2026-05-01T12:00:00+00:00', Average: 0.25, Unit: 'Seconds' },
          { Timestamp: '2026-05-01T12:01:00Z', Maximum: 12, Unit: 'Count' },
        ],
      }),
    );
    expect((await points()).map((p) => [p.metric, p.value, p.unit, p.attributes])).toEqual([
      ['Latency', 0.25, 's', { statistic: 'Average' }],
      ['Latency', 12, '1', { statistic: 'Maximum' }],
    ]);
  });

  it('that is only a part, or has fewer values than times, says so', async () => {
    const found = await read(
      JSON.stringify({
        MetricDataResults: [
          {
            Id: 'm1',
            Label: 'CPUUtilization',
            Timestamps: ['2026-05-01T12:00:00Z', '2026-05-01T12:01:00Z', 'yesterday'],
            Values: [1],
            StatusCode: 'PartialData',
          },
        ],
      }),
    );
    expect(await points()).toHaveLength(1);
    expect(found.problems.length).toBeGreaterThan(0);
  });
});
