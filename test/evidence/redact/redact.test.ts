import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/evidence/redact/index.js';

/** A card number that passes Luhn and belongs to nobody: the industry's published test numbers. */
const VISA = '4111111111111111';
/** Put together here, so that no scanner of this repository takes it for a leaked key. */
const glue = (...parts: string[]): string => parts.join('');
const AWS = glue('AKIA', 'IOSFODNN7EXAMPLE');
const GITHUB = glue('ghp_', '16C7e42F292c6912E7710c838347Ae178B4a');
const SLACK = glue('xoxb-', '2483562342-2348762345-abcDEF12345ghiJKL678');
const STRIPE = glue('sk_live_', '4eC39HqLyjWDarjtT1zdp7dc');
const GOOGLE = glue('AIza', 'SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY');
const JWT = glue(
  'eyJhbGciOiJIUzI1NiJ9',
  '.eyJzdWIiOiIxMjM0In0',
  '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
);

/** Text, and what must not be left of it, and its redacted form. */
const CUT: [kind: string, text: string, redacted: string][] = [
  ['email', 'login of alice.o-neil+shop@mail.example.co.uk failed', 'login of <email:1> failed'],
  ['email', '{"to":"bob@example.com"}', '{"to":"<email:1>"}'],
  ['ip', 'connect ECONNREFUSED 10.12.0.7:5432', 'connect ECONNREFUSED <ip:1>:5432'],
  ['ip', 'client=203.0.113.9, took 12 ms', 'client=<ip:1>, took 12 ms'],
  ['ip', 'from 2001:db8::ff00:42:8329 port 443', 'from <ip:1> port 443'],
  ['ip', 'http://192.168.1.20/health', 'http://<ip:1>/health'],
  ['card', `charged card ${VISA} ok`, 'charged card <card:1> ok'],
  ['card', 'card=4111-1111-1111-1111', 'card=<card:1>'],
  ['card', 'pan 3782 822463 10005 declined', 'pan <card:1> declined'],
  ['phone', 'sms to +49 170 1234567 sent', 'sms to <phone:1> sent'],
  ['phone', 'call (415) 555-2671 back', 'call <phone:1> back'],
  ['phone', 'phone: 0170 1234567', 'phone: <phone:1>'],
  ['phone', 'to +14155552671', 'to <phone:1>'],
  ['iban', 'payout DE89 3704 0044 0532 0130 00 queued', 'payout <iban:1> queued'],
  ['iban', 'iban=GB29NWBK60161331926819', 'iban=<iban:1>'],
  ['secret', `key ${AWS} used`, 'key <secret:1> used'],
  ['secret', `clone with ${GITHUB}`, 'clone with <secret:1>'],
  ['secret', `posting to ${SLACK}`, 'posting to <secret:1>'],
  ['secret', `stripe ${STRIPE}`, 'stripe <secret:1>'],
  ['secret', `maps?key=${GOOGLE}`, 'maps?key=<secret:1>'],
  ['secret', `Authorization: Bearer ${JWT}`, 'Authorization: Bearer <secret:1>'],
  ['secret', 'authorization: Basic dXNlcjpwYXNzd29yZA==', 'authorization: Basic <secret:1>'],
  ['secret', 'password=hunter2&next=/', 'password=<secret:1>&next=/'],
  ['secret', 'PGPASSWORD=12345678 psql', 'PGPASSWORD=<secret:1> psql'],
  ['secret', '{"client_secret": "b7f3"}', '{"client_secret": "<secret:1>"}'],
  ['secret', 'api-key: 9f8e7d6c', 'api-key: <secret:1>'],
  [
    'secret',
    'postgres://app:s3cr3t@db.internal:5432/shop',
    'postgres://app:<secret:1>@db.internal:5432/shop',
  ],
  ['secret', 'Server=db;Uid=app;Pwd=p4ss;Pooling=true', 'Server=db;Uid=app;Pwd=<secret:1>;Pooling=true'],
  [
    'secret',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n-----END RSA PRIVATE KEY-----\nloaded',
    '<secret:1>\nloaded',
  ],
  ['token', 'cursor q8Zr3TfL0vYx7KpN2mWc5HsB9dJa next', 'cursor <token:1> next'],
  [
    'literal',
    "SELECT * FROM users WHERE email = 'a' AND name LIKE '%Smith%' LIMIT 10",
    "SELECT * FROM users WHERE email = '<literal:1>' AND name LIKE '<literal:2>' LIMIT 10",
  ],
  [
    'literal',
    "query failed: INSERT INTO t (a, b) VALUES ('O''Brien', 42)",
    "query failed: INSERT INTO t (a, b) VALUES ('<literal:1>', 42)",
  ],
  [
    'literal',
    "UPDATE u SET note = E'it\\'s' WHERE id = $1",
    "UPDATE u SET note = E'<literal:1>' WHERE id = $1",
  ],
  [
    'literal',
    "select id from u where name = 'cut off in the mid",
    "select id from u where name = '<literal:1>",
  ],
  [
    'literal',
    'SELECT `id` FROM `u` WHERE `name` = "Ann"',
    'SELECT `id` FROM `u` WHERE `name` = "<literal:1>"',
  ],
  ['literal', 'SELECT 1 FROM p WHERE ssn = 123456789', "SELECT 1 FROM p WHERE ssn = '<literal:1>'"],
  ['literal', 'SELECT $$Robert$$ FROM p', 'SELECT $$<literal:1>$$ FROM p'],
  [
    'literal',
    "SELECT a FROM b WHERE c = ''; DROP TABLE x; -- OR d = 'Ann'",
    "SELECT a FROM b WHERE c = ''; DROP TABLE x; -- OR d = '<literal:1>'",
  ],
];

/** Lines of telemetry in which nothing may change. */
const KEPT = [
  'GET /api/orders/12345/items?page=2&size=50 200 13.482 ms',
  'trace_id=5b8efff798038103d269b633813fc60c span_id=eee19b7ec3c1b174',
  'request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 done in 1.25s',
  'commit 78ad41355be70805bbf2985d5642a80ed842e056',
  'start 2026-06-18T15:02:42.123456789Z end 2026-06-18 15:02:43,5',
  '12:34:56.789 pool size=10 in_use=10 waiting=37',
  'checkout-7d9f8b6c5d-x2x9q restarted 3 times',
  'nginx/1.25.3 node v20.11.1 Chrome/120.0.0.0 version 1.2.3.4',
  'latencies 415 555 2671 480 1800 ms, p99 1.8s, +15 %',
  'duration_ns=4532015112830366 start=1718722960000000000 ts=1718722960123',
  'tokens: 1500, prompt_tokens=1200, token count 300',
  'secret_rotation_days=90 password_attempts=5 token=null',
  'max_tokens 4096; session opened; cookie jar empty',
  'SELECT id, name FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = $1 AND qty > 5 LIMIT 100',
  'SELECT "o"."id" FROM "orders" AS "o" WHERE "o"."id" = ? ORDER BY "o"."created_at" DESC',
  "SELECT date_trunc('1 hour', at) FROM t WHERE at > '2026-06-18 15:00:00' AND n = '42'",
  "can't update 'inventory' cache: the user's cart comes from another region",
  'failed to select a replica from the pool, will retry',
  'redis get cart:42 hit ratio 0.71',
  'pgx pool: context deadline exceeded acquiring connection (pool exhausted)',
  'com.example.CheckoutServiceV2HandlerFactory.handleRequest:118',
  'std::vector a::b Foo::Bar main.go:42:7',
  'kafka topic orders-v2 partition 12 offset 987654321012 lag 15',
  'aggregated 1.2e+21 values, min -0.5, max 9007199254740991',
  'git@github.com:shop/api.git and @scope/package@1.2.3',
  'order 123-4567 step 3-3-4 range 100-200',
  '<email:1> wrote to <ip:2> with <secret:3> and <token:4>',
  '<script>alert(1)</script>',
];

describe('what is cut', () => {
  it.each(CUT)('%s: %s', (_kind, text, redacted) => {
    expect(createRedactor().redact(text)).toBe(redacted);
  });
  it('takes a value whole where the key says what it is', () => {
    const redactor = createRedactor();
    expect(redactor.attribute('http.request.header.authorization', '["Digest abc"]')).toBe('<secret:1>');
    expect(redactor.attribute('db.password', 'x')).toBe('<secret:2>');
    expect(redactor.attribute('user.full_name', 'Ann Lee')).toBe('<person:1>');
    expect(redactor.attribute('customer.phone', '0170 1234567')).toBe('<phone:1>');
    expect(redactor.attribute('card.number', VISA)).toBe('<card:1>');
    expect(redactor.attribute('db.statement', 'AUTH hunter2')).toBe('AUTH <secret:3>');
    expect(redactor.attribute('enduser.id', 'ann@example.com')).toBe('<email:1>');
  });
});

describe('what is kept', () => {
  it.each(KEPT)('%s', (line) => {
    expect(createRedactor().redact(line)).toBe(line);
  });
  it('keeps attributes that are enumerations, ids and names of the system', () => {
    const redactor = createRedactor();
    for (const [key, value] of [
      ['http.route', '/api/users/:email'],
      ['service.name', 'checkout@eu'],
      ['service.version', '1.2.3.4'],
      ['db.system', 'postgresql'],
      ['k8s.pod.name', 'checkout-7d9f8b6c5d-x2x9q'],
      ['user_agent.original', 'Mozilla/5.0 Chrome/120.0.0.0'],
      ['messaging.message.id', 'q8Zr3TfL0vYx7KpN2mWc5HsB9dJa'],
      ['server.address', 'db.internal'],
      ['feature.password', 'true'],
    ] as const)
      expect(redactor.attribute(key, value)).toBe(value);
    expect(redactor.report()).toEqual([]);
  });
});

describe('placeholders', () => {
  it('are the same for the same value throughout, and counted each time', () => {
    const redactor = createRedactor();
    expect(redactor.redact('a@example.com then b@example.com')).toBe('<email:1> then <email:2>');
    expect(redactor.redact('b@example.com')).toBe('<email:2>');
    expect(redactor.redact('b@example.com')).toBe('<email:2>');
    expect(redactor.report()).toEqual([{ kind: 'email', count: 4 }]);
  });
});

const unit = fc.constantFrom('', ' ms', ' ns', ' %', '/s', ' bytes', ' rps');
const name = fc.constantFrom(
  'p99',
  'duration_ms',
  'queue_depth',
  'db.calls_in_request',
  'heap_used',
  'n',
  'start',
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: 1_500_000_000, max: 2_000_000_000 }),
);
const time = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString());
const hex = fc
  .integer({ min: 8, max: 40 })
  .chain((n) =>
    fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: n, maxLength: n }).map((a) => a.join('')),
  );
const piece = fc.oneof(
  fc.tuple(name, fc.constantFrom('=', ': ', ':'), number, unit).map((p) => p.join('')),
  fc.tuple(number, unit).map((p) => p.join('')),
  time,
  hex,
  fc.uuid(),
  fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)).map((t) => t.map((n) => String(n).padStart(2, '0')).join(':')),
);
const line = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.constantFrom(', ', '; ', '\t'))
  .map(([pieces, separator]) => pieces.join(separator));

describe('properties', () => {
  it('changes no number, time or id in lines of telemetry', () => {
    fc.assert(
      fc.property(line, (text) => {
        expect(createRedactor().redact(text)).toBe(text);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
  it('leaves what it has redacted as it is', () => {
    const any = fc.oneof(fc.string(), line, fc.constantFrom(...CUT.map((c) => c[1])));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 4 }), (parts) => {
        const redactor = createRedactor();
        const once = redactor.redact(parts.join(' '));
        expect(redactor.redact(once)).toBe(once);
      }),
      { numRuns: 1000, seed: 11 },
    );
  });
  it.each([
    ['SELECT ', "' "],
    ["'", 'x'],
    ['a@', 'b.'],
    ['password=', ''],
    ['4111 1111 ', '1'],
    ['1.2.', ':'],
    ['eyJ', 'a.'],
    ['https://a:', '@'],
    ['-----BEGIN PRIVATE KEY-----', 'A'],
    ['+1 2', '-'],
    ['AB12 3456 ', 'C'],
    ['insert into ', 'x set '],
    ['Aa1', 'Bb2'],
  ])('takes time in proportion to the length: %j repeated', (a, b) => {
    const seconds = (length: number): number => {
      const text = (a + b).repeat(Math.ceil(length / (a.length + b.length)));
      const start = performance.now();
      createRedactor().redact(text);
      return (performance.now() - start) / 1000;
    };
    seconds(20_000);
    // 1 MB in less than two seconds leaves no room for anything but linear time.
    expect(seconds(1_000_000)).toBeLessThan(2);
  });
});
