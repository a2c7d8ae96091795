import { type Component, type Layer, list, name, type Subject, say, type Text } from '../../domain/index.js';
import type { Lookup } from '../page.js';

export const componentsOf = (look: Lookup, ...kinds: Subject['kind'][]): Component[] =>
  look.result.components.filter((c) => kinds.includes(c.kind));

export const inLayer = (look: Lookup, layer: Layer): Component[] =>
  look.result.components.filter((c) => c.layer === layer);

/** "`orders-db`, `redis`", or `none` in our own words. */
export const named = (components: readonly Component[], none: string): Text =>
  components.length === 0
    ? say`${none}`
    : list(components.slice(0, 6).map((c) => say`${name(c.subject.name)}`));

/** The tools of the case that can play one of these roles. */
export function toolsFor(look: Lookup, ...roles: string[]): Text | undefined {
  const tools = look.result.case.tools.filter((t) => t.roles.some((r) => roles.includes(r)));
  const names = [...new Set(tools.map((t) => t.name))];
  return names.length === 0 ? undefined : list(names.map((n) => say`${name(n)}`));
}
