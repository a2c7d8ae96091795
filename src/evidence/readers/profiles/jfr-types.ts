import type { JfrBytes } from './jfr-bytes.js';

/** A class of the recording: the recording describes its own events. */
export interface JfrClass {
  id: number;
  name: string;
  fields: JfrField[];
}
interface JfrField {
  name: string;
  type: number;
  isPooled: boolean;
  isArray: boolean;
}
export type JfrValue = number | string | boolean | undefined | JfrReference | JfrObject | JfrValue[];
/** An entry of a constant pool: `type` is the class, `key` the number in its pool. */
export interface JfrReference {
  type: number;
  key: number;
}
export interface JfrObject {
  [field: string]: JfrValue;
}

interface Element {
  name: string;
  attributes: Map<string, string>;
  children: Element[];
}

const MAX_DEPTH = 32;

/** The classes of a chunk, by id, read from its metadata event at the current position. */
export function readClasses(bytes: JfrBytes): Map<number, JfrClass> {
  bytes.int();
  if (bytes.long() !== 0) throw bytes.wrong('There is no description of events where one was promised');
  bytes.long();
  bytes.long();
  bytes.long();
  const count = bytes.int();
  if (count < 0 || count > bytes.end) throw bytes.wrong('The description of events is damaged');
  const strings: string[] = [];
  for (let i = 0; i < count; i++) {
    const s = bytes.string();
    strings.push(typeof s === 'string' ? s : '');
  }
  const text = (): string => {
    const s = strings[bytes.int()];
    if (s === undefined) throw bytes.wrong('The description of events is damaged');
    return s;
  };
  const element = (depth: number): Element => {
    if (depth > MAX_DEPTH) throw bytes.wrong('The description of events is nested too deeply');
    const name = text();
    const attributes = new Map<string, string>();
    for (let n = bytes.int(); n > 0; n--) attributes.set(text(), text());
    const children: Element[] = [];
    for (let n = bytes.int(); n > 0; n--) children.push(element(depth + 1));
    return { name, attributes, children };
  };
  const classes = new Map<number, JfrClass>();
  const visit = (e: Element): void => {
    if (e.name === 'class') {
      const id = Number(e.attributes.get('id'));
      classes.set(id, {
        id,
        name: e.attributes.get('name') ?? '',
        fields: e.children
          .filter((c) => c.name === 'field')
          .map((f) => ({
            name: f.attributes.get('name') ?? '',
            type: Number(f.attributes.get('class')),
            isPooled: f.attributes.get('constantPool') === 'true',
            isArray: Number(f.attributes.get('dimension') ?? 0) > 0,
          })),
      });
    } else for (const c of e.children) visit(c);
  };
  visit(element(0));
  return classes;
}

/** Reads one value of a class; references to pools are kept as such. */
export function readValue(
  bytes: JfrBytes,
  classes: ReadonlyMap<number, JfrClass>,
  type: number,
  depth = 0,
): JfrValue {
  const cls = classes.get(type);
  if (!cls) throw bytes.wrong(`A value has the unknown class ${type}`);
  switch (cls.name) {
    case 'boolean':
      return bytes.byte() !== 0;
    case 'byte':
      return bytes.byte();
    case 'short':
    case 'char':
      return bytes.short();
    case 'int':
      return bytes.int();
    case 'long':
      return bytes.long();
    case 'float':
      return bytes.float();
    case 'double':
      return bytes.double();
    case 'java.lang.String': {
      const s = bytes.string();
      return typeof s === 'object' ? { type, key: s.pool } : s;
    }
    default:
  }
  if (depth > MAX_DEPTH) throw bytes.wrong('A value is nested too deeply');
  const object: JfrObject = {};
  for (const field of cls.fields) {
    const one = (): JfrValue =>
      field.isPooled
        ? { type: field.type, key: bytes.long() }
        : readValue(bytes, classes, field.type, depth + 1);
    if (!field.isArray) object[field.name] = one();
    else {
      const length = bytes.int();
      if (length < 0 || length > bytes.end - bytes.position)
        throw bytes.wrong('A list is longer than the recording');
      const list: JfrValue[] = [];
      for (let i = 0; i < length; i++) list.push(one());
      object[field.name] = list;
    }
  }
  return object;
}

/** The constant pools of a chunk: by class, then by key. */
export type JfrPools = ReadonlyMap<number, ReadonlyMap<number, JfrValue>>;

/** Reads the chain of constant-pool events that begins at `offset`. */
export function readPools(bytes: JfrBytes, classes: ReadonlyMap<number, JfrClass>, offset: number): JfrPools {
  const pools = new Map<number, Map<number, JfrValue>>();
  const seen = new Set<number>();
  for (let at = offset; ; ) {
    if (at < 0 || at >= bytes.end || seen.has(at))
      throw bytes.wrong('The chain of constant pools is damaged');
    seen.add(at);
    bytes.position = at;
    bytes.int();
    if (bytes.long() !== 1) throw bytes.wrong('There is no constant pool where one was promised');
    bytes.long();
    bytes.long();
    const delta = bytes.long();
    bytes.byte();
    for (let n = bytes.int(); n > 0; n--) {
      const type = bytes.long();
      let pool = pools.get(type);
      if (!pool) {
        pool = new Map();
        pools.set(type, pool);
      }
      for (let m = bytes.int(); m > 0; m--) {
        const key = bytes.long();
        pool.set(key, readValue(bytes, classes, type));
      }
    }
    if (delta === 0) return pools;
    at += delta;
  }
}

export const isReference = (value: JfrValue): value is JfrReference =>
  typeof value === 'object' &&
  !Array.isArray(value) &&
  'key' in value &&
  'type' in value &&
  typeof value.key === 'number';

export const isRecord = (value: JfrValue): value is JfrObject =>
  typeof value === 'object' && !Array.isArray(value) && !isReference(value);
