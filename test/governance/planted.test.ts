import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish } from '../../src/cli/investigate.js';
import { collect } from '../../src/evidence/collect.js';
import { openStore, TABLE_NAMES } from '../../src/evidence/store/index.js';
import { appendEntry } from '../../src/governance/audit/log.js';
import { sha256 } from '../../src/governance/canonical.js';
import { investigate } from '../../src/investigate/investigate.js';

const glue = (...parts: string[]): string => parts.join('');
/** None is anybody's. */
const PLANTED = {
  email: 'zoe.quist@mail.example.com',
  phone: '+49 170 5550199',
  card: '4111111111111111',
  iban: 'DE89370400440532013000',
  ssn: '219-09-9999',
  password: 'Tr0ub4dor-and-3',
  key: glue('AKIA', 'IOSFODNN7EXAMPLE'),
  jwt: glue('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0In0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'),
  cookie: 'c9Xk20dkLmQ81zPp33',
  person: 'Zoe Quist',
  address: '203.0.113.77',
  literal: 'Quist & Daughters',
  query: 'zoequist',
} as const;

const START_NS = 1_772_366_400_000_000_000n;
const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const HEX = '0123456789abcdef';

/** Two minutes of spans and logs of one service, with every planted value where such values are found. */
function telemetry(): { spans: string; logs: string } {
  const spans = Array.from({ length: 120 }, (_, i) => {
    const start = START_NS + BigInt(i) * 1_000_000_000n;
    const traceId = (HEX[i % 16] as string).repeat(28) + String(i).padStart(4, '0');
    const span = (spanId: string, parentSpanId: string, name: string, ms: number, attributes: object[]) => ({
      traceId,
      spanId,
      ...(parentSpanId === '' ? {} : { parentSpanId }),
      name,
      kind: parentSpanId === '' ? 2 : 3,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(ms) * 1_000_000n),
      attributes,
    });
    return [
      span(`a${String(i).padStart(15, '0')}`, '', 'GET /orders', 900, [
        attribute('http.request.method', 'GET'),
        attribute('http.route', '/orders'),
        attribute('url.full', `https://shop.example.com/orders?name=${PLANTED.query}&page=2`),
        attribute('client.address', PLANTED.address),
        attribute('enduser.id', PLANTED.email),
        attribute('customer.full_name', PLANTED.person),
        attribute('http.request.header.cookie', `sid=${PLANTED.cookie}`),
        attribute('http.request.header.authorization', `Bearer ${PLANTED.jwt}`),
      ]),
      span(`b${String(i).padStart(15, '0')}`, `a${String(i).padStart(15, '0')}`, 'SELECT orders', 800, [
        attribute('db.system', 'postgresql'),
        attribute(
          'db.statement',
          `SELECT * FROM orders WHERE company = '${PLANTED.literal}' AND ssn = '${PLANTED.ssn}'`,
        ),
      ]),
    ];
  }).flat();
  const resource = { attributes: [attribute('service.name', 'orders')] };
  const messages = [
    `payment with ${PLANTED.card} declined`,
    `payout to ${PLANTED.iban} queued`,
    `sms to ${PLANTED.phone} failed`,
    `login with password=${PLANTED.password} failed`,
    `signing with ${PLANTED.key} failed`,
    `ssn ${PLANTED.ssn} unknown`,
  ];
  const logRecords = messages.flatMap((body, i) =>
    Array.from({ length: 20 }, (_, j) => ({
      timeUnixNano: String(START_NS + BigInt(i * 20 + j) * 1_000_000_000n),
      severityText: 'ERROR',
      severityNumber: 17,
      body: { stringValue: body },
    })),
  );
  return {
    spans: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
    logs: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
  };
}

const CASE = `app_name: Orders
architecture: Node.js API → PostgreSQL 15
performance_issues: p99 latency rose from 200ms to 900ms, reported by ${PLANTED.email}, ${PLANTED.phone}
current_metrics: p99 900ms, 300 rps
target_metrics: p99 < 300ms
recent_changes: deployed with password=${PLANTED.password} and ${PLANTED.key}
dependencies: payments behind https://pay.example.com/v1?name=${PLANTED.query}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'planted-'));
  const { spans, logs } = telemetry();
  writeFileSync(join(folder, 'spans.json'), spans);
  writeFileSync(join(folder, 'logs.json'), logs);
});
afterAll(() => rmSync(folder, { recursive: true }));

const evidence = () =>
  ['spans.json', 'logs.json'].map((f) => ({ path: join(folder, f), role: 'unspecified' as const }));
const leaks = (text: string): string[] =>
  Object.entries(PLANTED).flatMap(([kind, value]) => (text.includes(value) ? [kind] : []));

describe('values planted in telemetry and in the case', () => {
  it('are in the telemetry, so that the search can find them', () => {
    const { spans, logs } = telemetry();
    expect(leaks(spans + logs)).toHaveLength(Object.keys(PLANTED).length);
  });
  it('are in no table of the store', async () => {
    const store = await openStore({});
    try {
      const { sources } = await collect(evidence(), store, { redact: true });
      expect(sources.reduce((sum, s) => sum + s.records, 0)).toBe(360);
      for (const table of TABLE_NAMES)
        expect(leaks(JSON.stringify(await store.query(`SELECT * FROM ${table}`))), table).toEqual([]);
    } finally {
      await store.close();
    }
  });
  it('are in no report, result, deliverable, export or audit log', async () => {
    const investigation = await investigate({ caseText: CASE, evidence: evidence(), redact: true });
    const out = join(folder, 'out');
    await finish(investigation, { out });
    const log = join(folder, 'out', 'audit.jsonl');
    appendEntry(log, {
      at: '2026-03-01T12:00:00.000Z',
      who: 'test',
      what: 'investigation',
      inputs: [{ name: 'case', sha256: sha256(CASE) }],
      outputs: [],
      version: '0',
    });
    const files = readdirSync(out, { recursive: true })
      .map((f) => join(out, String(f)))
      .filter((f) => statSync(f).isFile());
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect(leaks(readFileSync(file, 'utf8')), file).toEqual([]);
    expect(investigation.result.redactions.map((r) => r.kind)).toEqual(
      expect.arrayContaining(['email', 'secret']),
    );
  });
});
