import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** A request as a fake looks at it. */
export interface Seen {
  method: string;
  path: string;
  parameters: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** Fields of a form. */
  form: URLSearchParams;
  json(): unknown;
}
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** The body as it is, instead of `body`. */
  bytes?: Uint8Array;
  /** Answers late. */
  afterMs?: number;
  /** Ends the connection after the headers and half of the body. */
  cut?: boolean;
}

export interface Fake {
  url: string;
  seen: Seen[];
  close(): Promise<void>;
}

/** A server on this machine that answers as `answer` says. */
export async function fakeServer(answer: (request: Seen) => Reply | Promise<Reply>): Promise<Fake> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', async () => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const body = Buffer.concat(chunks).toString('utf8');
      const one: Seen = {
        method: request.method ?? '',
        path: url.pathname,
        parameters: url.searchParams,
        headers: request.headers,
        body,
        form: new URLSearchParams(body),
        json: () => JSON.parse(body),
      };
      seen.push(one);
      let reply: Reply;
      try {
        reply = await answer(one);
      } catch (error) {
        reply = { status: 500, body: String(error) };
      }
      if (reply.afterMs) await new Promise((resolve) => setTimeout(resolve, reply.afterMs));
      const text =
        typeof reply.body === 'string'
          ? reply.body
          : reply.body === undefined
            ? ''
            : JSON.stringify(reply.body);
      const type = typeof reply.body === 'string' ? 'text/plain' : 'application/json';
      response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
      if (reply.bytes) {
        response.end(reply.bytes);
        return;
      }
      if (reply.cut) {
        response.write(text.slice(0, text.length / 2));
        response.destroy();
      } else response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A fake for each test of a file, ended after it or by `close`: `start` gives its address, `seen` what it was asked so far. */
export function fakeForEachTest() {
  let fake: Fake | undefined;
  const close = async (): Promise<void> => {
    await fake?.close();
    fake = undefined;
  };
  afterEach(close);
  return {
    close,
    start: async (answer: (r: Seen) => Reply | Promise<Reply>): Promise<string> => {
      fake = await fakeServer(answer);
      return fake.url;
    },
    seen: (): readonly Seen[] => fake?.seen ?? [],
  };
}
