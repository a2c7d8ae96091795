import { type InputKey, type Place, type Subject, slug } from '../../domain/index.js';
import { OWNER_WORDS } from '../words.js';

/** A stretch of tokens that names a part of the system. */
export interface PartMention {
  from: number;
  to: number;
  key: string;
}

/** A part while it is being put together; the subject is made at the end, when all roles are known. */
export interface Draft {
  key: string;
  name: string;
  product?: string;
  version?: string;
  roles: Set<string>;
  runtime?: string;
  /** The framework the app is written with. */
  platform?: { id: string; web: boolean; version?: string };
  places: Place[];
  /** Inputs it is named in. */
  inputs: Set<InputKey>;
  hint?: Subject['kind'];
  /** Another name the app goes by in the architecture. */
  alias?: string;
}

export const APP = 'app';

export interface Named extends PartMention {
  name: string;
  product?: string;
  version?: string;
  hint?: Subject['kind'];
}

/** One key for "coupon service", "coupon-service" and "CouponService". */
export function keyOf(name: string): string {
  const words = slug(name.replace(/([a-z])([A-Z])/g, '$1-$2'))
    .split(/[-_]/)
    .filter(
      (w) =>
        w !== '' && !OWNER_WORDS.has(w) && !/^(?:third|party|house|in|the|our|internal|external)$/.test(w),
    );
  const heads = new Set(['service', 'services', 'api', 'apis', 'svc', 'system', 'provider', 'server']);
  while (words.length > 1 && heads.has(words.at(-1) ?? '')) words.pop();
  return words.length === 0 ? slug(name) : words.join('-');
}
