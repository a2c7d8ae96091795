import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Policy } from '../governance/policy.js';
import type { Gate } from './access/gate.js';
import { SAFE_HEADERS } from './access/headers.js';
import type { Caller, Right } from './access/rights.js';
import { Denied } from './denied.js';
import { type Receiver, signalOfPath } from './otlp/receiver.js';

/** What answers a request whose caller is known. `path` is decoded, without its query. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  caller: Caller,
) => Promise<void>;

/** A part of the server below a path. */
export interface Part {
  /** Such as `/api/`, or a whole path. */
  under: string;
  /** What the caller must be allowed; nothing where anybody may ask, such as for the page's own files. */
  right: (request: IncomingMessage, path: string) => Right | undefined;
  answer: Answer;
}

export interface ServerParts {
  policy: Policy;
  receiver: Receiver;
  parts: readonly Part[];
  /** PEM, by the policy. */
  tls?: { cert: Buffer; key: Buffer };
  gate: Gate;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const MOST_CONNECTIONS = 2000;

/**
 * One listener for telemetry, API, page and agents, all behind the same checks in the same order: name and origin,
 * token, right, rate. Nothing is read of a body before they passed.
 */
export function httpServer({ policy, receiver, parts, tls, gate }: ServerParts): Server {
  const askerOf = ({ headers, socket }: IncomingMessage) => ({
    headers,
    from: socket.remoteAddress ?? 'unknown',
  });

  const telemetry: Answer = async (request, response, path, caller) => {
    const signal = signalOfPath(path);
    if (!signal) throw new Denied(404, 'There is no such path.');
    if (request.method !== 'POST') throw new Denied(405, 'Telemetry is sent with POST.');
    const leave = gate.enter(caller, request.socket.remoteAddress ?? '');
    try {
      await receiver.handle(signal, request, response);
    } finally {
      leave();
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request.url ?? '/');
    if (path === undefined) throw new Denied(400, 'The path cannot be read.');
    if (isTelemetryPath(path)) {
      if (request.method === 'OPTIONS') return preflight(request, response, policy);
      allowOrigin(request, response, policy);
      return telemetry(request, response, path, gate.admit(askerOf(request), 'send', true));
    }
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    const part = parts.find((p) => path === p.under || (p.under.endsWith('/') && path.startsWith(p.under)));
    const caller = gate.admit(askerOf(request), part?.right(request, path), false);
    if (!part) throw new Denied(404, 'There is no such path.');
    return part.answer(request, response, path, caller);
  };

  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) => {
      request.resume();
      refuse(response, error);
    });
  };
  const limits = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
  const server: Server = tls
    ? createTlsServer({ ...tls, ...limits }, handler)
    : createServer(limits, handler);
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const denied = error instanceof Denied ? error : new Denied(500, 'The request could not be worked on.');
  response.writeHead(denied.status, {
    'content-type': 'application/json',
    ...(denied.status === 401 ? { 'www-authenticate': 'Bearer realm="kneepoint"' } : {}),
    ...(denied.retryAfterSeconds === undefined ? {} : { 'retry-after': String(denied.retryAfterSeconds) }),
  });
  response.end(JSON.stringify({ error: { what: denied.words } }));
}

const isTelemetryPath = (path: string): boolean =>
  path.startsWith('/v1/') || path.startsWith('/v1development/');

/** The path of a target, decoded once; nothing for one that is no path or holds what a path does not. */
function pathOf(target: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(target, 'http://local').pathname);
    return /[\0\\]/.test(path) || path.split('/').includes('..') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** Pages of the policy's origins may send telemetry; others learn nothing. */
function preflight(request: IncomingMessage, response: ServerResponse, policy: Policy): void {
  if (!allowOrigin(request, response, policy))
    throw new Denied(403, 'Pages of other origins may not ask here.');
  response.writeHead(204, {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type, content-encoding, authorization',
    'access-control-max-age': '3600',
  });
  response.end();
}

function allowOrigin(request: IncomingMessage, response: ServerResponse, policy: Policy): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !policy.access.origins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  return true;
}
