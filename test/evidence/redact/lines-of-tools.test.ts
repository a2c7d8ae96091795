import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/evidence/redact/index.js';

const glue = (...parts: string[]): string => parts.join('');
/** Lines as many tools write them, and a part of what must be gone. */
const CUT: [string, string][] = [
  ['{"level":"warn","user":{"email":"jo@ex.com","name":"Jo Doe","ssn":"123-45-6789"},"dur":12}', 'Jo Doe'],
  [
    '{"kind":"Event","message":"Failed to pull image \\"r.io/x:1.2.3.4\\": unauthorized for bob@corp.com","count":3}',
    'bob@corp.com',
  ],
  ['user=alice@ex.com ip=10.1.2.3 card=4111111111111111', '4111111111111111'],
  [
    "Caused by: java.sql.SQLException: Access denied for user 'app'@'10.2.3.4' (using password: YES)",
    '10.2.3.4',
  ],
  ['at redis://default:hunter2@cache.local:6379', 'hunter2'],
  ['DATABASE_URL=postgres://u:p%40ss@h/db', 'p%40ss'],
  [
    'AccountKey=abcd1234efgh5678ijkl9012mnop3456qrst7890uvwx1234yzAB==;EndpointSuffix=core.windows.net',
    'abcd1234efgh',
  ],
  ['GET /cb?access_token=abc.def.ghi&user=joe HTTP/1.1', 'abc.def.ghi'],
  ['passport number X1234567 expired', 'X1234567'],
  ['SSN: 123-45-6789', '123-45-6789'],
  ['NINO AB 12 34 56 C', 'AB 12 34 56 C'],
  ['customer phone 555-123-4567', '555-123-4567'],
  ['tel: (555) 123-4567', '(555) 123-4567'],
  ['Set-Cookie: sessionid=38afes7a8; HttpOnly; Path=/', '38afes7a8'],
  ['curl -H "Authorization: Bearer abcdefgh12345678"', 'abcdefgh12345678'],
  ['curl -u admin:s3cret https://x', 's3cret'],
  ['mysql -uroot -pS3cret99 db', 'S3cret99'],
  ['X-Auth-Token: 6f1ed002ab5595859014ebf0951522d9', '6f1ed002ab55'],
  ['"Authorization": "Basic YWxhZGRpbjpvcGVuc2VzYW1l"', 'YWxhZGRp'],
  ['requests_total{user="bob@ex.com",ip="10.0.0.1"} 5', '10.0.0.1'],
  ['card number: 5500 0000 0000 0004', '5500 0000'],
  ['IBAN DE89370400440532013000', 'DE8937'],
  ['sent to jane.doe@example.com,', 'jane.doe'],
  ['2001:0db8:85a3:0000:0000:8a2e:0370:7334 connected', '8a2e'],
  ['client ::ffff:192.168.1.5 closed', '192.168.1.5'],
  ["INSERT INTO users (name,email) VALUES ('Bob','b@x.io')", "'Bob'"],
  ['SELECT * FROM t WHERE name="Bob Smith" AND x=1', 'Bob Smith'],
  ['password is hunter2', 'hunter2'],
  ['secret key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY leaked', 'wJalr'],
  ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'bPxRfi'],
  [
    glue('slack https://hooks.slack.com/services/T00000000/B00000000/', 'XXXXXXXXXXXXXXXXXXXXXXXX'),
    'B00000000',
  ],
  [
    glue('user_agent="x" session_id=abc123 jwt=', 'eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0In0.abc'),
    'eyJzdWIi',
  ],
  ['{"authorization":"Bearer xyz123abc","n":1}', 'xyz123abc'],
  ['{"headers":{"Cookie":"a=1; sid=abcdef123456"}}', 'abcdef123456'],
  ['call me at 030-1234567 please', '030-1234567'],
  ['Telefon 030 1234567', '030 1234567'],
  ['amqps://svc:Pa$$w0rd!@mq:5671', 'Pa$$w0rd!'],
  ['Data Source=db;User ID=sa;Password=P@ss;', 'P@ss'],
  ['token: ghx-9f8e7d6c5b4a', '9f8e7d6c5b4a'],
  ['otp 123456 sent', '123456'],
  ['Aadhaar 2345 6789 0124', '2345 6789'],
  ['dob=1980-04-01', '1980-04-01'],
  ["LOG: parameters: $1 = 'Ann', $2 = '42'", 'Ann'],
  ['DETAIL: Key (email)=(x@y.zz) already exists.', 'x@y.zz'],
];
/** Lines that only look so. */
const KEEP = [
  'k8s.io/api v0.29.3.1 sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'etcd raft_term=4 index=1234567890123',
  'tokens_total 42 api_key_count=3 secret_rotations_total{job="x"} 7',
  'order 4111111111111112 shipped',
  'id=4111111111111111',
  'build 20260501.12 commit deadbeefcafebabe',
  'ts=1718722960123456789 dur=+12345678901 ns',
  '10:20:30.123 [1.2.3] step 4-5-6',
  'upgraded from 1.2.3.4 to 1.2.3.5',
  'PostgreSQL 15.4 on x86_64, compiled 12.2.0',
  'cookie_size=4096 token_type=bearer password_policy=strict',
  'http_request_duration_seconds_bucket{le="0.5",path="/api/v1/x?sort=asc&page=2"} 1027',
  'GC(12) Pause Young 24M->4M(256M) 3.123ms',
  'uuid 550e8400-e29b-41d4-a716-446655440000 phone_model=SM-G991B',
  'lsn 0/16B3748 xid 123-456 part 555-1234',
  'MAC 00:1a:2b:3c:4d:5e dev eth0',
  'offset=123456789012345 partition=3 checkpoint=4012888888881881',
  'integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  'range 2026-05-01..2026-05-31 +0200 1e-9 0x7fff5fbff8c0',
  'trace 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'ticket ABC-1234-5678 invoice 2024-000-12',
  'ipv4 ttl 64 mask /24 as65001',
  'arn:aws:iam::123456789012:role/app',
  'req-7f3a9c21 acct_1Nv0FGQ9RKHgCVdK price_1MoBy5LkdIwHu7ix',
];

describe('redaction of lines of many tools', () => {
  it.each(CUT)('%s', (line, value) => {
    expect(createRedactor().redact(line)).not.toContain(value);
  });
  it.each(KEEP)('leaves %s', (line) => {
    expect(createRedactor().redact(line)).toBe(line);
  });
  it('leaves JSON as JSON, with numbers, order and blanks as they were', () => {
    const line =
      '{ "a": 1.50, "msg": "to \\"a@example.com\\"\\n", "card_number": 4111111111111111, "n": [1, "10.0.0.7"] }';
    const redacted = createRedactor().redact(line);
    expect(redacted).toBe(
      '{ "a": 1.50, "msg": "to \\"<email:1>\\"\\n", "card_number": "<card:1>", "n": [1, "<ip:1>"] }',
    );
    expect(() => JSON.parse(redacted) as unknown).not.toThrow();
  });
  it('reads the keys of OTLP for its values', () => {
    const line =
      '{"attributes":[{"key":"service.version","value":{"stringValue":"1.2.3.4"}},{"key":"db.password","value":{"stringValue":"x9"}}],"body":{"stringValue":"from 10.0.0.7"}}';
    expect(createRedactor().redact(line)).toBe(
      '{"attributes":[{"key":"service.version","value":{"stringValue":"1.2.3.4"}},{"key":"db.password","value":{"stringValue":"<secret:1>"}}],"body":{"stringValue":"from <ip:1>"}}',
    );
  });
});
