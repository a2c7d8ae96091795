import { readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeGroup } from '../../../src/evidence/readers/otlp-wire.js';
import { createRedactor } from '../../../src/evidence/redact/index.js';
import { encodeAttribute } from '../../../src/server/otlp/encode.js';
import { redactJsonRequest } from '../../../src/server/otlp/redact-json.js';
import { Malformed, protobufRedactor } from '../../../src/server/otlp/redact-protobuf.js';
import { attribute, bytesField, span, traceRequest } from './requests.js';

const KEY = Buffer.alloc(32, 7);
const redactor = () => createRedactor({ key: KEY });
const redact = (request: Buffer) => {
  const kept = protobufRedactor(redactor()).redact('traces', request);
  return { ...kept, bytes: Buffer.concat(kept.pieces) };
};
/** What a reader sees of a request of traces. */
const seen = (request: Buffer): unknown => decodeGroup('resourceSpans', request.subarray(headOf(request)));
const headOf = (request: Buffer): number => {
  let at = 1;
  while ((request[at] as number) >= 0x80) at++;
  return at + 1;
};

test('a request without anything to cut stays as it is, byte for byte, without a copy', () => {
  const request = traceRequest([span({ name: 'GET /cart', attributes: [attribute('http.route', '/cart')] })]);
  const kept = protobufRedactor(redactor()).redact('traces', request);
  expect(kept.pieces).toHaveLength(1);
  expect(kept.pieces[0]).toBe(request);
  expect(kept).toMatchObject({ items: 1, rejected: 0 });
});

test('values of people and secrets are cut wherever a string can stand', () => {
  const secret = 'jane.doe@example.com';
  const request = traceRequest(
    [
      span({
        name: `GET /users/${secret}`,
        attributes: [
          attribute('enduser.id', secret),
          attribute('db.query.text', `SELECT * FROM users WHERE mail = '${secret}'`),
          encodeAttribute({
            key: 'list',
            value: {
              arrayValue: {
                values: [
                  { stringValue: secret },
                  {
                    kvlistValue: { values: [{ key: 'password', value: { stringValue: 'hunter2hunter2' } }] },
                  },
                ],
              },
            },
          }),
        ],
        events: [[`mail to ${secret}`, [attribute('exception.message', `no such user ${secret}`)]]],
        status: `failed for ${secret}`,
        traceState: `user=${secret}`,
      }),
    ],
    [attribute('service.name', 'shop'), attribute('owner.email', secret)],
  );
  const { bytes } = redact(request);
  expect(bytes.includes(secret)).toBe(false);
  expect(bytes.includes('hunter2')).toBe(false);
  const text = JSON.stringify(seen(bytes), (_, v) => (typeof v === 'bigint' ? String(v) : v));
  expect(text.match(/<email:\d+>/g)?.length).toBeGreaterThan(5);
  expect(text).toContain('"stringValue":"shop"');
});

test('the same value becomes the same placeholder in another run with the same key', () => {
  const request = traceRequest([span({ attributes: [attribute('user.email', 'bob@example.com')] })]);
  expect(redact(request).bytes.equals(redact(request).bytes)).toBe(true);
});

test('what the table of fields does not name is left out, since nobody knows what it holds', () => {
  const unknown = bytesField(99, Buffer.from('secret of a later version'));
  const request = traceRequest([Buffer.concat([span({}), unknown])]);
  const { bytes } = redact(request);
  expect(bytes.includes('later version')).toBe(false);
  expect(seen(bytes)).toEqual(seen(traceRequest([span({})])));
});

test('spans without whole ids are rejected alone', () => {
  const whole = span({});
  const short = span({ traceId: Buffer.alloc(15, 1) });
  const zero = span({ spanId: Buffer.alloc(8) });
  const { bytes, items, rejected } = redact(traceRequest([whole, short, zero]));
  expect({ items, rejected }).toEqual({ items: 3, rejected: 2 });
  expect(seen(bytes)).toEqual(seen(traceRequest([whole])));
});

test('redacting what was redacted changes nothing', () => {
  const request = traceRequest([
    span({
      attributes: [attribute('user.email', 'bob@example.com'), attribute('card', '4111 1111 1111 1111')],
    }),
  ]);
  const once = redact(request).bytes;
  expect(redact(once).bytes.equals(once)).toBe(true);
});

test('damaged requests are refused, and never loop or read beyond their end', () => {
  const request = traceRequest([span({ attributes: [attribute('a', 'b')] })]);
  for (let cut = 1; cut < request.length; cut++)
    expect(() => redact(request.subarray(0, cut)), `cut at ${cut}`).toThrow(Malformed);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        redact(Buffer.from(bytes));
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('messages nested without end are refused', () => {
  let value: Uint8Array = new BinaryWriter().tag(1, WireType.LengthDelimited).string('x').finish();
  for (let i = 0; i < 200; i++) value = bytesField(5, bytesField(1, Buffer.from(value)));
  const attributeBytes = Buffer.concat([bytesField(1, Buffer.from('a')), bytesField(2, Buffer.from(value))]);
  expect(() => redact(traceRequest([span({ attributes: [attributeBytes] })]))).toThrow(Malformed);
});

const json = (request: unknown, signal: 'traces' | 'logs' | 'metrics' | 'profiles' = 'traces') =>
  redactJsonRequest(signal, Buffer.from(JSON.stringify(request)), redactor());

test('JSON is cut by the same table', () => {
  const made = json({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'user.email', value: { stringValue: 'bob@example.com' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: 'ab'.repeat(16),
                spanId: 'cd'.repeat(8),
                name: 'GET',
                startTimeUnixNano: '1',
                extra: 'secret',
                kind: 'SPAN_KIND_SERVER',
              },
              { traceId: '', spanId: 'cd'.repeat(8), name: 'GET' },
            ],
          },
        ],
      },
    ],
    secret: 'of a later version',
  });
  expect(made).toMatchObject({ items: 2, rejected: 1 });
  expect(made.line).toMatch(/<email:\d+>/);
  expect(made.line).not.toMatch(/secret|bob@/);
  expect(JSON.parse(made.line).resourceSpans[0].scopeSpans[0].spans).toEqual([
    {
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      name: 'GET',
      startTimeUnixNano: '1',
      kind: 'SPAN_KIND_SERVER',
    },
  ]);
});

test('a body of a log that is a map is cut key by key', () => {
  const made = json(
    {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: '1700000000000000000',
                  body: {
                    kvlistValue: {
                      values: [
                        { key: 'password', value: { stringValue: 'correct horse' } },
                        { key: 'took_ms', value: { intValue: '42' } },
                      ],
                    },
                  },
                },
              ],
            },
          ],
        },
      ],
    },
    'logs',
  );
  expect(made.line).not.toContain('correct horse');
  expect(made.line).toContain('"intValue":"42"');
});

test('metrics keep every number', () => {
  const request = {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'http.server.request.duration',
                unit: 's',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      timeUnixNano: '1700000000000000000',
                      count: '4',
                      sum: 1.5,
                      bucketCounts: ['1', '3'],
                      explicitBounds: [0.1],
                      attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  expect(JSON.parse(json(request, 'metrics').line)).toEqual(request);
});

test('attributes of a profile are cut by the key that its dictionary has for them', () => {
  const made = json(
    {
      resourceProfiles: [{ scopeProfiles: [{ profiles: [{ sampleType: [{ typeStrindex: 1 }] }] }] }],
      dictionary: {
        stringTable: ['', 'cpu', 'user.name', 'handleCart'],
        attributeTable: [{ keyStrindex: 2, value: { stringValue: 'Jane Doe' } }],
      },
    },
    'profiles',
  );
  expect(made.line).not.toContain('Jane Doe');
  expect(made.line).toContain('handleCart');
});

test('the table of fields knows every field that the readers read', () => {
  // The reader's own table, as text: its fields are what an investigation uses.
  const wire = readFileSync(new URL('../../../src/evidence/readers/otlp-wire.ts', import.meta.url), 'utf8');
  const schema = readFileSync(new URL('../../../src/server/otlp/schema.ts', import.meta.url), 'utf8');
  const names = [...wire.matchAll(/\d+: \['(\w+)',/g)].map((m) => m[1] as string);
  const values = [
    'stringValue',
    'boolValue',
    'intValue',
    'doubleValue',
    'arrayValue',
    'kvlistValue',
    'bytesValue',
    'key',
    'value',
    'values',
  ];
  expect(names.length).toBeGreaterThan(40);
  for (const name of names.filter((n) => !values.includes(n))) expect(schema, name).toContain(`'${name}'`);
});
