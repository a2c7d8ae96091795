import { encodeAttribute } from '../../../src/server/otlp/encode.js';

/** Requests of traces made by hand, field by field, as an SDK writes them. */
export function bytesField(number: number, content: Uint8Array): Buffer {
  const head: number[] = [];
  for (let value of [number * 8 + 2, content.length]) {
    for (; value > 0x7f; value >>>= 7) head.push((value & 0x7f) | 0x80);
    head.push(value);
  }
  return Buffer.concat([Buffer.from(head), content]);
}

export const attribute = (key: string, text: string): Uint8Array =>
  encodeAttribute({ key, value: { stringValue: text } });

export interface SpanParts {
  traceId?: Buffer;
  spanId?: Buffer;
  name?: string;
  attributes?: readonly Uint8Array[];
  events?: readonly [name: string, attributes: readonly Uint8Array[]][];
  status?: string;
  traceState?: string;
}

const START_NS = 1_700_000_000_000_000_000n;

export function span(parts: SpanParts): Buffer {
  const time = (number: number, ns: bigint): Buffer => {
    const out = Buffer.alloc(9);
    out[0] = number * 8 + 1;
    out.writeBigUInt64LE(ns, 1);
    return out;
  };
  const text = (number: number, value: string): Buffer => bytesField(number, Buffer.from(value));
  return Buffer.concat([
    bytesField(1, parts.traceId ?? Buffer.alloc(16, 0xab)),
    bytesField(2, parts.spanId ?? Buffer.alloc(8, 0xcd)),
    ...(parts.traceState === undefined ? [] : [text(3, parts.traceState)]),
    text(5, parts.name ?? 'GET /'),
    Buffer.from([48, 2]),
    time(7, START_NS),
    time(8, START_NS + 5_000_000n),
    ...(parts.attributes ?? []).map((a) => bytesField(9, a)),
    ...(parts.events ?? []).map(([name, attributes]) =>
      bytesField(
        11,
        Buffer.concat([time(1, START_NS), text(2, name), ...attributes.map((a) => bytesField(3, a))]),
      ),
    ),
    ...(parts.status === undefined
      ? []
      : [bytesField(15, Buffer.concat([text(2, parts.status), Buffer.from([24, 2])]))]),
  ]);
}

/** One export request with one resource and one scope. */
export const traceRequest = (
  spans: readonly Buffer[],
  resource: readonly Uint8Array[] = [attribute('service.name', 'shop')],
): Buffer =>
  bytesField(
    1,
    Buffer.concat([
      bytesField(1, Buffer.concat(resource.map((a) => bytesField(1, a)))),
      bytesField(
        2,
        Buffer.concat([
          bytesField(1, bytesField(1, Buffer.from('by hand'))),
          ...spans.map((s) => bytesField(2, s)),
        ]),
      ),
    ]),
  );
