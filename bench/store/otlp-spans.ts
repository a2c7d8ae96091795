import { seededRandom } from '../../src/models/random.js';

/** One export request of spans as OTLP has it, by a seed: `count` spans with five attributes each. */
export interface MadeSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: [key: string, value: string][];
}

const SERVICES = 20;
const OPERATIONS = 10;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Spans in traces of ten; the same seed gives the same spans. */
export function* madeSpans(count: number, seed: number): Generator<{ service: string; spans: MadeSpan[] }> {
  const random = seededRandom(seed);
  const word = (): string => hex(Math.floor(random() * 0x1_0000_0000), 8);
  for (let made = 0; made < count; made += 10) {
    const operation = Math.floor(random() * OPERATIONS);
    const traceId = word() + word() + word() + word();
    const root = word() + word();
    const startNs = 1_700_000_000_000_000_000n + BigInt(made) * 100_000n;
    const spans = Array.from({ length: Math.min(10, count - made) }, (_, i): MadeSpan => {
      const ms = 1 + random() * 20;
      return {
        traceId,
        spanId: i === 0 ? root : word() + word(),
        parentSpanId: i === 0 ? '' : root,
        name: i === 0 ? `GET /op${operation}` : 'SELECT',
        kind: i === 0 ? 2 : 3,
        startNs: startNs + BigInt(i * 2_000_000),
        endNs: startNs + BigInt(i * 2_000_000 + Math.round(ms * 1e6)),
        attributes:
          i === 0
            ? [
                ['http.request.method', 'GET'],
                ['http.route', `/op${operation}`],
                ['url.scheme', 'http'],
                ['http.response.status_code', '200'],
                ['server.address', 'shop'],
              ]
            : [
                ['db.system.name', 'postgresql'],
                ['db.query.text', 'SELECT a, b FROM items WHERE id = $1 AND kind = $2'],
                ['db.namespace', 'shop'],
                ['server.address', 'db'],
                ['server.port', '5432'],
              ],
      };
    });
    yield { service: `service-${Math.floor(random() * SERVICES)}`, spans };
  }
}

/** One line of NDJSON a trace, as the Collector's file exporter writes it. */
export function jsonLine({ service, spans }: { service: string; spans: MadeSpan[] }): string {
  const attribute = ([key, value]: readonly [string, string]) => ({ key, value: { stringValue: value } });
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute(['service.name', service])] },
        scopeSpans: [
          {
            scope: { name: 'bench' },
            spans: spans.map((s) => ({
              traceId: s.traceId,
              spanId: s.spanId,
              parentSpanId: s.parentSpanId,
              name: s.name,
              kind: s.kind,
              startTimeUnixNano: String(s.startNs),
              endTimeUnixNano: String(s.endNs),
              attributes: s.attributes.map(attribute),
            })),
          },
        ],
      },
    ],
  });
}

/** The same as protobuf: fields `ResourceSpans` of one export request, to be put one after the other. */
export function protobuf({ service, spans }: { service: string; spans: MadeSpan[] }): Buffer {
  const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
  const attribute = ([key, value]: readonly [string, string]): Buffer =>
    Buffer.concat([text(1, key), bytes(2, text(1, value))]);
  const span = (s: MadeSpan): Buffer =>
    Buffer.concat([
      bytes(1, Buffer.from(s.traceId, 'hex')),
      bytes(2, Buffer.from(s.spanId, 'hex')),
      bytes(4, Buffer.from(s.parentSpanId, 'hex')),
      text(5, s.name),
      Buffer.from([6 << 3, s.kind]),
      fixed64(7, s.startNs),
      fixed64(8, s.endNs),
      ...s.attributes.map((a) => bytes(9, attribute(a))),
    ]);
  const resource = bytes(1, attribute(['service.name', service]));
  const scope = Buffer.concat([bytes(1, text(1, 'bench')), ...spans.map((s) => bytes(2, span(s)))]);
  return bytes(1, Buffer.concat([bytes(1, resource), bytes(2, scope)]));
}

function bytes(field: number, content: Buffer): Buffer {
  const head: number[] = [(field << 3) | 2];
  let rest = content.length;
  while (rest > 0x7f) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  head.push(rest);
  return Buffer.concat([Buffer.from(head), content]);
}

function fixed64(field: number, value: bigint): Buffer {
  const out = Buffer.alloc(9);
  out[0] = (field << 3) | 1;
  out.writeBigUInt64LE(value, 1);
  return out;
}
