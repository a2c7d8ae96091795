import { type AttributeValue, EMPTY_MAP, type MapAttributes } from './attribute-map.js';
import type { AttributeMap, Resource, Scope } from './records.js';
import { arrayOf, isObject, type JsonObject } from './sample.js';

const NONE: JsonObject = {};
export const object = (value: unknown): JsonObject => (isObject(value) ? value : NONE);
export const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);

/** Protobuf's JSON writes 64-bit integers as strings, and NaN and infinities as words. */
export const number = (value: unknown): number => Number(value);

export function count(value: unknown): number {
  const n = value === undefined || value === null ? 0 : number(value);
  return Number.isFinite(n) ? Math.max(0, Math.trunc(n)) : Number.NaN;
}

/** What an element's `resource` says. */
export function resourceOf(resource: unknown, sink: { map: MapAttributes }): Omit<Resource, 'schemaUrl'> {
  const attributes = arrayOf(object(resource).attributes);
  return { service: serviceOf(attributes), attributes: attributeMap(attributes, sink) };
}

/** What a `scope` says. */
export function scopeOf(raw: unknown, schemaUrl: string, sink: { map: MapAttributes }): Scope {
  const scope = object(raw);
  return {
    name: text(scope.name),
    version: text(scope.version),
    attributes: attributeMap(arrayOf(scope.attributes), sink),
    schemaUrl,
    droppedAttributes: count(scope.droppedAttributesCount),
  };
}

function serviceOf(attributes: readonly unknown[]): string {
  const found = attributes.find((a) => object(a).key === 'service.name');
  return text(object(object(found).value).stringValue);
}

/** A list of `KeyValue` as a map of strings, redacted. */
export function attributeMap(attributes: readonly unknown[], sink: { map: MapAttributes }): AttributeMap {
  if (attributes.length === 0) return EMPTY_MAP;
  const pairs: (readonly [string, AttributeValue])[] = [];
  for (const raw of attributes) {
    const { key, value } = object(raw);
    if (typeof key === 'string') pairs.push([key, attributeValue(object(value))]);
  }
  return sink.map(pairs);
}

/** Integers come as strings: they are numbers nevertheless, and not text to redact. */
function attributeValue(value: JsonObject): AttributeValue {
  if (typeof value.stringValue === 'string') return value.stringValue;
  if (typeof value.intValue === 'number') return value.intValue;
  if (value.intValue !== undefined) {
    const digits = text(value.intValue);
    if (!/^-?\d+$/.test(digits)) return digits;
    return digits.length <= SAFE_DIGITS ? Number(digits) : BigInt(digits);
  }
  if (typeof value.doubleValue === 'number') return value.doubleValue;
  if (typeof value.boolValue === 'boolean') return value.boolValue;
  return text(plainValue(value));
}
/** Numbers of up to 15 digits are exact. */
const SAFE_DIGITS = 15;

/** Arrays, maps and bytes as JSON text, as the Collector's exporter writes them. */
export function plainValue(value: JsonObject): AttributeValue {
  if (value.arrayValue !== undefined || value.kvlistValue !== undefined)
    return JSON.stringify(nested(value, 0));
  if (value.doubleValue !== undefined) return text(value.doubleValue);
  if (value.bytesValue !== undefined) return text(value.bytesValue);
  const scalar = value.stringValue ?? value.intValue ?? value.boolValue;
  return typeof scalar === 'boolean' || typeof scalar === 'number' ? scalar : text(scalar);
}

const MAX_NESTING = 32;

function nested(value: JsonObject, depth: number): unknown {
  if (depth > MAX_NESTING) return '…';
  if (value.arrayValue !== undefined)
    return arrayOf(object(value.arrayValue).values).map((v) => nested(object(v), depth + 1));
  if (value.kvlistValue !== undefined)
    return Object.fromEntries(
      arrayOf(object(value.kvlistValue).values)
        .map(object)
        .map((kv) => [text(kv.key), nested(object(kv.value), depth + 1)]),
    );
  const int = text(value.intValue);
  if (/^-?\d{1,15}$/.test(int)) return Number(int);
  const scalar = attributeValue(value);
  return typeof scalar === 'bigint' ? scalar.toString() : scalar;
}
