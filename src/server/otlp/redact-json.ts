import type { Redactor } from '../../evidence/redact/index.js';
import { Malformed } from './redact-protobuf.js';
import { type Field, type Message, REQUESTS, type Signal } from './schema.js';
import { isDouble, type Json, redactedAttribute, redactedValue } from './values.js';

/** A request in JSON without what may not be kept, as one line, and what of it was counted and rejected. */
export interface KeptJson {
  line: string;
  items: number;
  rejected: number;
}

const MOST_NESTING = 24;

/** Throws `Malformed` when the text is no JSON object. */
export function redactJsonRequest(signal: Signal, request: Buffer, redactor: Redactor): KeptJson {
  let value: unknown;
  try {
    value = JSON.parse(request.toString('utf8'));
  } catch {
    throw new Malformed('This is no JSON', 0);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Malformed('An export request is a JSON object', 0);
  const state: State = { redactor, items: 0, rejected: 0, ids: 0, strings: stringsOf(value as Json) };
  const line = JSON.stringify(rewrite(value as Json, REQUESTS[signal], state, 0));
  return { line, items: state.items, rejected: state.rejected };
}

interface State {
  redactor: Redactor;
  items: number;
  rejected: number;
  ids: number;
  strings: readonly unknown[];
}

function rewrite(object: Json, message: Message, state: State, depth: number): Json {
  if (depth > MOST_NESTING) throw new Malformed('Messages are nested too deep', 0);
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const field = message.byName.get(name) ?? message.byName.get(camel(name));
    if (!field || value === null) continue;
    const made = Array.isArray(value)
      ? value.map((v) => part(v, field, state, depth)).filter((v) => v !== undefined)
      : part(value, field, state, depth);
    if (made !== undefined) out[field.name] = made;
  }
  return out;
}

/** OTLP's JSON has names in lowerCamelCase; protobuf's JSON also takes the names of the .proto files. */
const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function part(value: unknown, field: Field, state: State, depth: number): unknown {
  const { redactor } = state;
  switch (field.kind) {
    case 'number':
      return isNumeric(value) ? value : undefined;
    case 'name':
      return typeof value === 'string' ? value : undefined;
    case 'id': {
      if (value === '') return value;
      if (typeof value !== 'string' || !isId(value, field.bytes ?? 0)) return undefined;
      if (field.needed) state.ids++;
      return value;
    }
    case 'text':
    case 'dictionary-text':
      return typeof value === 'string' ? redactor.redact(value) : undefined;
    case 'attribute':
      return redactedAttribute(value, redactor);
    case 'value':
      return redactedValue(value, (text) => redactor.redact(text), redactor);
    case 'dictionary-attribute':
      return indexed(value, state);
    case 'message':
      return isObject(value) ? rewrite(value, field.of as Message, state, depth + 1) : undefined;
    case 'item': {
      const of = field.of as Message;
      state.items++;
      state.ids = 0;
      const made = isObject(value) ? rewrite(value, of, state, depth + 1) : undefined;
      if (made && state.ids >= of.needs) return made;
      state.rejected++;
      return undefined;
    }
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumeric = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  isDouble(value) ||
  (typeof value === 'string' && value.length <= 60 && /^[A-Z][A-Z0-9_]*$/.test(value));

const isId = (text: string, bytes: number): boolean =>
  text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);

function indexed(value: unknown, { redactor, strings }: State): unknown {
  if (!isObject(value)) return undefined;
  if (typeof value.key === 'string') return redactedAttribute(value, redactor);
  const name = strings[Number(value.keyStrindex)];
  const key = typeof name === 'string' ? name : '';
  return {
    ...(isNumeric(value.keyStrindex) ? { keyStrindex: value.keyStrindex } : {}),
    value: redactedValue(value.value, (text) => redactor.attribute(key, text), redactor),
    ...(isNumeric(value.unitStrindex) ? { unitStrindex: value.unitStrindex } : {}),
  };
}

const stringsOf = (request: Json): readonly unknown[] => {
  const table = isObject(request.dictionary) ? request.dictionary.stringTable : undefined;
  return Array.isArray(table) ? table : [];
};
