import type { Redactor } from '../redact/index.js';
import type { AttributeMap } from './records.js';

/** Text is redacted; numbers and truth values are kept as their digits. */
export type AttributeValue = string | number | boolean | bigint;

export const EMPTY_MAP = [] as readonly string[] as AttributeMap;

/** Makes maps of attributes, the one way they are made: redacted. */
export type MapAttributes = (
  entries: Iterable<readonly [key: string, value: AttributeValue]>,
) => AttributeMap;

export const redactedMaps =
  (redactor: Redactor): MapAttributes =>
  (entries) => {
    const out: string[] = [];
    for (const [key, value] of entries)
      out.push(key, typeof value === 'string' ? redactor.attribute(key, value) : String(value));
    return out as readonly string[] as AttributeMap;
  };
