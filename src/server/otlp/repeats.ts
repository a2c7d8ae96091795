import { createHash } from 'node:crypto';

/** Remembers what was acknowledged last, so that a request that a sender repeats is stored once. */
export interface Repeats {
  of(request: readonly Uint8Array[]): string;
  has(hash: string): boolean;
  add(hash: string): void;
}

/** SDKs try again for about a minute. */
const MOST = 20_000;

export function repeats(): Repeats {
  const known = new Set<string>();
  return {
    of(request) {
      const hash = createHash('sha1');
      for (const piece of request) hash.update(piece);
      return hash.digest('base64');
    },
    has: (hash) => known.has(hash),
    add(hash) {
      known.add(hash);
      if (known.size <= MOST) return;
      // The first of a set is its oldest.
      for (const oldest of known) {
        known.delete(oldest);
        break;
      }
    },
  };
}
