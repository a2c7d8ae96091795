import type { AttributeMap, Resource, Scope } from './records.js';
import { isObject, type JsonObject } from './sample.js';
import { type AttributeValue, EMPTY_MAP, type Sink } from './sink.js';

const MAX_DEPTH = 8;

/** The fields of a JSON object as attributes; those of inner objects under dotted names. Arrays as JSON text. */
export function* flatFields(
  object: JsonObject,
  without: ReadonlySet<string>,
  prefix = '',
  depth = 0,
): Generator<readonly [string, AttributeValue]> {
  for (const [key, value] of Object.entries(object)) {
    if (prefix === '' && without.has(key)) continue;
    const name = prefix + key;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      yield [name, value];
    else if (isObject(value) && depth < MAX_DEPTH) yield* flatFields(value, without, `${name}.`, depth + 1);
    else if (value !== null && value !== undefined) yield [name, JSON.stringify(value)];
  }
}

export const NO_SCOPE: Scope = {
  name: '',
  version: '',
  attributes: EMPTY_MAP,
  schemaUrl: '',
  droppedAttributes: 0,
};

/** Resources by service name, made once each. */
export function resources(sink: Sink): (service: string) => Resource {
  const made = new Map<string, Resource>();
  return (service) => {
    const known = made.get(service);
    if (known) return known;
    const attributes: AttributeMap = service === '' ? EMPTY_MAP : sink.map([['service.name', service]]);
    const resource = { service, attributes, schemaUrl: '' };
    if (made.size < 10_000) made.set(service, resource);
    return resource;
  };
}
