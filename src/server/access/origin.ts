import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback, type Policy } from '../../governance/policy.js';

/** Why a request does not come from where it may; nothing when it may. */
export type Doubt = { words: string } | undefined;

/**
 * A page of somebody else's can make a browser ask this server, also under a name that it points here (DNS rebinding). So
 * the name that was asked for must be one of ours, and a page that asks must be our own or allowed by the policy.
 */
export function originDoubt(
  headers: IncomingHttpHeaders,
  access: Policy['access'],
  isTelemetry: boolean,
): Doubt {
  const host = headers.host ?? '';
  if (!isOurName(host, access))
    return { words: 'This name is not one of the server. Add it to access.hosts in the policy.' };
  const { origin } = headers;
  if (origin !== undefined && !isOurOrigin(origin, host) && !(isTelemetry && access.origins.includes(origin)))
    return { words: 'Pages of other origins may not ask here.' };
  if (
    origin === undefined &&
    headers['sec-fetch-site'] === 'cross-site' &&
    headers['sec-fetch-mode'] !== 'navigate'
  )
    return { words: 'Pages of other sites may not ask here.' };
  return undefined;
}

function isOurName(host: string, access: Policy['access']): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return (
    isLoopback(name) ||
    name === access.listen.toLowerCase() ||
    access.hosts.some((h) => h.toLowerCase() === name)
  );
}

function isOurOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}
