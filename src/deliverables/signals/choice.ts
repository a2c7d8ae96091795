import type { Text } from '../../domain/index.js';
import type { Parts } from '../parts.js';
import { hasSeries, type Uses } from './prometheus-names.js';

/** One way to ask for a sign: the series it reads, and whose they are. */
export interface Choice {
  uses: readonly Uses[];
  /** True when the series have to be those of the service itself. */
  own?: boolean;
  query: Text;
  /** What exports these series, in words. */
  from: string;
}

export interface Chosen {
  prometheus: Text;
  /** What exports the series of the query. */
  from: string;
  /** True when the telemetry given has metrics, but none that any of the choices reads. */
  absent: boolean;
}

/** The first choice whose series the telemetry has; the first of all where it has none of them. */
export function choose(p: Parts, [usual, ...others]: readonly [Choice, ...Choice[]]): Chosen {
  const { recorded } = p.context;
  const fits = (c: Choice): boolean =>
    recorded !== undefined && hasSeries(recorded, c.uses, c.own ? p.promJob : undefined);
  const chosen = [usual, ...others].find(fits);
  const { query, from } = chosen ?? usual;
  return { prometheus: query, from, absent: recorded !== undefined && chosen === undefined };
}
