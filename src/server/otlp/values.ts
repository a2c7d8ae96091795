import type { Redactor } from '../../evidence/redact/index.js';

/** An AnyValue or KeyValue in the shape of OTLP's JSON. */
export type Json = Readonly<Record<string, unknown>>;

const MOST_NESTING = 32;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Too deep, or of no shape that OTLP has: it becomes empty, because what nobody understands is not kept. */
const NOTHING: Json = {};

/** A KeyValue with its value redacted; nothing when it has no key. */
export function redactedAttribute(raw: unknown, redactor: Redactor, depth = 0): Json | undefined {
  if (!isObject(raw) || typeof raw.key !== 'string') return undefined;
  return {
    key: raw.key,
    value: redactedValue(raw.value, (text) => redactor.attribute(raw.key as string, text), redactor, depth),
  };
}

/** A value whose text goes through `cut`; within maps every key speaks for its own. */
export function redactedValue(
  raw: unknown,
  cut: (text: string) => string,
  redactor: Redactor,
  depth = 0,
): Json {
  if (!isObject(raw) || depth > MOST_NESTING) return NOTHING;
  if (typeof raw.stringValue === 'string') return { stringValue: cut(raw.stringValue) };
  if (typeof raw.boolValue === 'boolean') return { boolValue: raw.boolValue };
  if (isInteger(raw.intValue)) return { intValue: String(raw.intValue) };
  if (isDouble(raw.doubleValue)) return { doubleValue: raw.doubleValue };
  if (typeof raw.bytesValue === 'string') {
    const text = cut(raw.bytesValue);
    return text === raw.bytesValue ? { bytesValue: text } : { stringValue: text };
  }
  if (isObject(raw.arrayValue))
    return {
      arrayValue: {
        values: listIn(raw.arrayValue).map((v) => redactedValue(v, cut, redactor, depth + 1)),
      },
    };
  if (isObject(raw.kvlistValue))
    return {
      kvlistValue: {
        values: listIn(raw.kvlistValue).flatMap((kv) => redactedAttribute(kv, redactor, depth + 1) ?? []),
      },
    };
  return NOTHING;
}

const listIn = (of: Json): readonly unknown[] => (Array.isArray(of.values) ? of.values : []);

/** A 64-bit integer, as a number or as its digits. */
const isInteger = (value: unknown): boolean =>
  typeof value === 'bigint' ||
  (typeof value === 'number' && Number.isInteger(value)) ||
  (typeof value === 'string' && /^-?\d{1,20}$/.test(value));

/** A double, or the words that protobuf's JSON has for what JSON cannot write. */
export const isDouble = (value: unknown): boolean =>
  typeof value === 'number' ||
  value === 'NaN' ||
  value === 'Infinity' ||
  value === '-Infinity' ||
  (typeof value === 'string' && value.length <= 40 && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value));
