import type { Resource, Today } from './today.js';

/** Changes to try. Factors are of today's. */
export interface WhatIf {
  rate?: number;
  readShare?: number;
  hitRatio?: number;
  /** Instances and cores together: capacity of what scales with instances. */
  capacity?: number;
  /** Speed of a core: work takes so much less time on it. */
  coreSpeed?: number;
  /** Work of the service's processors for a request. */
  cpuPerRequest?: number;
  /** Milliseconds that a fix takes off p99, as forecast: the least and the most. */
  gainMs?: readonly [number, number];
  /** New size of pools and connection limits. */
  pool?: number;
  /** Time that a connection is held. */
  hold?: number;
}

/** Busy share of a resource at a rate with the changes applied; above one is more than there is. */
export function usedAt(resource: Resource, today: Today, rate: number, change: WhatIf): number {
  // Connections are held while others work: faster cores of the service do not free them.
  const faster = resource.limit === undefined ? (change.coreSpeed ?? 1) : 1;
  const grown = resource.scales === 'instances' ? (change.capacity ?? 1) * faster : 1;
  const cut = resource.ownCode ? (change.cpuPerRequest ?? 1) : 1;
  const room = resource.limit !== undefined && change.pool !== undefined ? change.pool / resource.limit : 1;
  const held = resource.limit !== undefined ? (change.hold ?? 1) : 1;
  return (
    ((resource.used * rate) / resource.at) * ((cut * held * reach(resource, today, change)) / (grown * room))
  );
}

/** Requests that reach a resource behind a cache, against today's: 1 where mix and hit ratio are not known. */
function reach(resource: Resource, today: Today, change: WhatIf): number {
  const read = today.readShare;
  const hit = today.hitRatio;
  const nextRead = change.readShare ?? read;
  const nextHit = change.hitRatio ?? hit;
  const misses = (r: number | undefined, h: number | undefined): number => (r ?? 1) * (1 - (h ?? 0));
  const ratio = (then: number, now: number): number => (now > 0 ? then / now : 1);
  switch (resource.reached) {
    case 'all':
      return 1;
    case 'misses':
      return ratio(misses(nextRead, nextHit), misses(read, hit));
    case 'writes':
      return read === undefined || nextRead === undefined ? 1 : ratio(1 - nextRead, 1 - read);
    case 'misses and writes':
      return read === undefined
        ? 1
        : ratio(misses(nextRead, nextHit) + 1 - (nextRead ?? 1), misses(read, hit) + 1 - read);
  }
}

/** The rate at which a resource reaches a share of use. */
export const rateAt = (resource: Resource, today: Today, change: WhatIf, share: number): number =>
  share / usedAt(resource, today, 1, change);

export interface Limit {
  resource: Resource;
  /** Requests a second at full use. */
  fullAt: number;
}

/** What fills up first as the load rises, and what next. */
export const limitsInOrder = (today: Today, change: WhatIf): Limit[] =>
  today.resources
    .map((resource) => ({ resource, fullAt: rateAt(resource, today, change, 1) }))
    .sort((a, b) => a.fullAt - b.fullAt || (a.resource.name < b.resource.name ? -1 : 1));

/** The resource whose queue latency follows: what scales with instances, the fullest; soft figures last. */
export const contended = (today: Today): Resource | undefined =>
  [...today.resources].sort(
    (a, b) =>
      Number(a.soft !== undefined) - Number(b.soft !== undefined) ||
      Number(b.ownCode) - Number(a.ownCode) ||
      b.used / b.at - a.used / a.at,
  )[0];
