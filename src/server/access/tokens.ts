import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Policy } from '../../governance/policy.js';
import type { Caller } from './rights.js';

/** Without tokens only this machine reaches the server, and whoever is on it may do everything. */
const LOCAL: Caller = { name: 'local', role: 'admin' };
const SESSION_MS = 8 * 3_600_000;
const MOST_SESSIONS = 1000;
export const COOKIE = 'kneepoint_session';

export interface Tokens {
  /** Who a token or the cookie of a session belongs to; nothing when to nobody. */
  caller(authorization: string | undefined, cookie: string | undefined): Caller | undefined;
  /** A session of a browser for the owner of a token: its cookie's value. */
  session(token: string): string | undefined;
}

/** Tokens are compared by their hashes, in a time that tells nothing. */
export function tokensOf(access: Policy['access'], now: () => number = Date.now): Tokens {
  const known = access.tokens.map((t) => ({
    hash: Buffer.from(t.sha256, 'hex'),
    caller: { name: t.name, role: t.role },
  }));
  const sessions = new Map<string, { caller: Caller; untilMs: number }>();
  const ownerOf = (token: string): Caller | undefined => {
    const hash = createHash('sha256').update(token).digest();
    return known.filter((k) => timingSafeEqual(k.hash, hash))[0]?.caller;
  };
  return {
    caller(authorization, cookie) {
      if (known.length === 0) return LOCAL;
      const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
      if (token !== undefined) return ownerOf(token);
      const id = new RegExp(`(?:^|;\\s*)${COOKIE}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(cookie ?? '')?.[1];
      const session = id === undefined ? undefined : sessions.get(id);
      return session && session.untilMs > now() ? session.caller : undefined;
    },
    session(token) {
      const caller = ownerOf(token);
      if (!caller) return undefined;
      for (const [id, s] of sessions)
        if (s.untilMs <= now() || sessions.size >= MOST_SESSIONS) sessions.delete(id);
      const id = randomBytes(32).toString('base64url');
      sessions.set(id, { caller, untilMs: now() + SESSION_MS });
      return id;
    },
  };
}
