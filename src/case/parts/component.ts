import { type Component, type Layer, type Subject, subject } from '../../domain/index.js';
import { productOf } from '../products.js';
import type { Draft } from './draft.js';

const LAYER: Partial<Record<Subject['kind'], Layer>> = {
  database: 'database',
  search: 'database',
  cache: 'cache',
  queue: 'dependency',
  dependency: 'dependency',
  storage: 'dependency',
  gateway: 'infrastructure',
  cdn: 'client',
  client: 'client',
  service: 'api',
};

export function kindOf(d: Draft): Subject['kind'] {
  if (d.product !== undefined) {
    const known = productOf(d.product)?.kind ?? 'dependency';
    return known;
  }
  if (d.roles.has('third-party')) return d.hint === 'client' ? 'client' : 'dependency';
  if (d.hint !== undefined) return d.hint;
  if (/worker|consumer|indexer/.test(d.key) && !d.inputs.has('dependencies')) return 'service';
  if (d.roles.has('internal') || d.inputs.has('dependencies')) return 'dependency';
  return d.inputs.has('architecture')
    ? /gateway|proxy|balancer/.test(d.key)
      ? 'gateway'
      : 'service'
    : 'dependency';
}

export const subjectOf = (d: Draft): Subject => subject(kindOf(d), d.name.replace(/\s+/g, ' '));

export function componentOf(d: Draft, s: Subject): Component {
  const product = d.product === undefined ? undefined : productOf(d.product);
  return {
    subject: s,
    kind: s.kind,
    layer: product?.layer ?? LAYER[s.kind] ?? 'infrastructure',
    ...(d.product === undefined ? (d.platform ? { product: d.platform.id } : {}) : { product: d.product }),
    ...(d.version === undefined
      ? d.platform?.version
        ? { version: d.platform.version }
        : {}
      : { version: d.version }),
    roles: [...d.roles],
    ...(d.runtime === undefined ? {} : { runtime: d.runtime }),
    places: d.places,
  };
}
