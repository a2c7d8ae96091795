import { performance } from 'node:perf_hooks';
import { Client } from 'undici';
import type { LoadPlan, LoadRequest } from './plan.js';

export interface Answer {
  /** HTTP status; 0 when none came. */
  status: number;
  /** Why there was no answer: "timeout", "ECONNREFUSED". */
  error?: string;
  /** Milliseconds of the thread's clock. */
  sentAt: number;
  endedAt: number;
}

export interface Outgoing {
  method: LoadRequest['method'];
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

interface Flight {
  sentAt: number;
  abort?: () => void;
  timedOut: boolean;
  over: boolean;
}

/**
 * Connections to one origin, each with one request at a time. A request that finds none free opens one, up to the limit;
 * beyond, it waits in line here, which counts into its latency because that runs from its intended start.
 */
export function connectionPool(origin: string, limits: LoadPlan['limits']) {
  const timeoutMs = limits.timeoutSeconds * 1000;
  const free: Client[] = [];
  const all: Client[] = [];
  const line: { outgoing: Outgoing; done: (a: Answer) => void }[] = [];
  let head = 0;
  // In the order of sending, so that the oldest are looked at first.
  const flights: Flight[] = [];
  let oldest = 0;

  const open = (): Client => {
    // Time limits are kept here, from sending; the client's own would end slow answers in silence.
    const client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: timeoutMs,
      keepAliveTimeout: 600_000,
    });
    all.push(client);
    return client;
  };

  const dispatch = (client: Client, outgoing: Outgoing, done: (a: Answer) => void): void => {
    const flight: Flight = { sentAt: performance.now(), timedOut: false, over: false };
    flights.push(flight);
    let status = 0;
    const end = (error?: string): void => {
      if (flight.over) return;
      flight.over = true;
      done({
        status: error === undefined ? status : 0,
        ...(error === undefined ? {} : { error }),
        sentAt: flight.sentAt,
        endedAt: performance.now(),
      });
      const waiting = line[head];
      if (!waiting) {
        free.push(client);
        return;
      }
      head++;
      if (head > 4096 && head * 2 > line.length) {
        line.splice(0, head);
        head = 0;
      }
      dispatch(client, waiting.outgoing, waiting.done);
    };
    client.dispatch(
      {
        method: outgoing.method,
        path: outgoing.path,
        headers: outgoing.headers,
        body: outgoing.body ?? null,
      },
      {
        onConnect(abort) {
          flight.abort = abort;
        },
        onHeaders(code) {
          status = code;
          return true;
        },
        onData: () => true,
        onComplete: () => end(),
        onError: (error) => end(flight.timedOut ? 'timeout' : nameOf(error)),
      },
    );
  };

  const expire = (): void => {
    const now = performance.now();
    for (; oldest < flights.length; oldest++) {
      const flight = flights[oldest] as Flight;
      if (!flight.over && now - flight.sentAt < timeoutMs) break;
      if (flight.over) continue;
      flight.timedOut = true;
      flight.abort?.();
    }
    flights.splice(0, oldest);
    oldest = 0;
  };
  const timer = setInterval(expire, 50);

  return {
    /** Sends, or puts in line: true when the request has to wait for a connection. */
    request(outgoing: Outgoing, done: (a: Answer) => void): boolean {
      const client = free.pop() ?? (all.length < limits.connections ? open() : undefined);
      if (client) dispatch(client, outgoing, done);
      else line.push({ outgoing, done });
      return client === undefined;
    },
    size: (): number => all.length,
    close(): void {
      clearInterval(timer);
      for (const client of all) void client.destroy();
    },
  };
}

function nameOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return code;
}
