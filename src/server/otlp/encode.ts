import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Json } from './values.js';

/** A KeyValue in the shape of OTLP's JSON as protobuf (common.proto). */
export function encodeAttribute(attribute: Json): Uint8Array {
  return attributeInto(new BinaryWriter(), attribute).finish();
}

/** An AnyValue as protobuf. */
export function encodeValue(value: Json): Uint8Array {
  return valueInto(new BinaryWriter(), value).finish();
}

function attributeInto(w: BinaryWriter, { key, value }: Json): BinaryWriter {
  w.tag(1, WireType.LengthDelimited).string(String(key));
  w.tag(2, WireType.LengthDelimited).fork();
  return valueInto(w, value as Json).join();
}

function valueInto(w: BinaryWriter, value: Json): BinaryWriter {
  if (typeof value.stringValue === 'string')
    return w.tag(1, WireType.LengthDelimited).string(value.stringValue);
  if (typeof value.boolValue === 'boolean') return w.tag(2, WireType.Varint).bool(value.boolValue);
  if (value.intValue !== undefined) return w.tag(3, WireType.Varint).int64(String(value.intValue));
  if (value.doubleValue !== undefined) return w.tag(4, WireType.Bit64).double(Number(value.doubleValue));
  if (typeof value.bytesValue === 'string')
    return w.tag(7, WireType.LengthDelimited).bytes(Buffer.from(value.bytesValue, 'base64'));
  const array = value.arrayValue as { values: readonly Json[] } | undefined;
  if (array) {
    w.tag(5, WireType.LengthDelimited).fork();
    for (const v of array.values) {
      w.tag(1, WireType.LengthDelimited).fork();
      valueInto(w, v).join();
    }
    return w.join();
  }
  const map = value.kvlistValue as { values: readonly Json[] } | undefined;
  if (map) {
    w.tag(6, WireType.LengthDelimited).fork();
    for (const v of map.values) {
      w.tag(1, WireType.LengthDelimited).fork();
      attributeInto(w, v).join();
    }
    return w.join();
  }
  return w;
}
