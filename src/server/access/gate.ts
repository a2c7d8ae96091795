import type { IncomingHttpHeaders } from 'node:http';
import type { Policy } from '../../governance/policy.js';
import { Denied } from '../denied.js';
import { originDoubt } from './origin.js';
import { rateLimit } from './rate.js';
import { type Caller, may, type Right } from './rights.js';
import type { Tokens } from './tokens.js';

/** Who asks, as far as it is known before anything of the request is read. */
export interface Asker {
  headers: IncomingHttpHeaders;
  /** Address of the other end. */
  from: string;
}

/** The checks that stand before every request, over whichever protocol it comes. */
export interface Gate {
  /** Name and origin, token, right, rate: who asks. Throws what is denied. */
  admit(asker: Asker, right: Right | undefined, isTelemetry: boolean): Caller;
  /** A place among the requests of one sender of telemetry; to be called when it is done. Throws when it has too many. */
  enter(caller: Caller, from: string): () => void;
}

/** Guesses of tokens from one address a minute. */
const WRONG_TOKENS_PER_MINUTE = 20;

export function gateOf(policy: Policy, tokens: Tokens): Gate {
  const rate = rateLimit(policy.access.requestsPerMinute);
  const guesses = rateLimit(WRONG_TOKENS_PER_MINUTE);
  const busy = new Map<string, number>();
  return {
    admit({ headers, from }, right, isTelemetry) {
      const doubt = originDoubt(headers, policy.access, isTelemetry);
      if (doubt) throw new Denied(403, doubt.words);
      const caller = tokens.caller(headers.authorization, headers.cookie);
      if (!caller) {
        const wait = headers.authorization === undefined ? 0 : guesses.take(from);
        if (wait > 0) throw new Denied(429, 'Too many wrong tokens.', wait);
        if (right !== undefined) throw new Denied(401, 'A token is needed: Authorization: Bearer …');
      } else if (right !== undefined && !may(caller, right))
        throw new Denied(403, `The role ${caller.role} may not do this.`);
      if (!isTelemetry) {
        const wait = rate.take(caller && caller.name !== 'local' ? `token ${caller.name}` : from);
        if (wait > 0) throw new Denied(429, 'Too many requests.', wait);
      }
      return caller ?? { name: 'nobody', role: 'viewer' };
    },
    enter(caller, from) {
      const who = `${caller.name} ${from}`;
      const own = busy.get(who) ?? 0;
      if (own >= policy.receiver.requestsPerClient)
        throw new Denied(429, 'Too many requests of this client at once.', 1);
      busy.set(who, own + 1);
      return () => {
        const left = (busy.get(who) ?? 1) - 1;
        if (left > 0) busy.set(who, left);
        else busy.delete(who);
      };
    },
  };
}
