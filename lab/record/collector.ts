import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Signal } from './otlp-file.js';

export type Receiver = (signal: Signal, body: string) => void;
export type Collector = {
  url: string;
  /** Hands requests to a receiver from now on; to none without one. */
  receive: (receiver?: Receiver) => void;
  stop: () => Promise<void>;
};

const SIGNAL_OF: Readonly<Record<string, Signal>> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};

/** Takes OTLP over HTTP (JSON) on a free loopback port. */
export function startCollector(): Promise<Collector> {
  let receiver: Receiver | undefined;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const signal = SIGNAL_OF[request.url ?? ''];
      const sent = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      if (signal) receiver?.(signal, body.toString('utf8'));
      response.writeHead(signal ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        receive: (next) => {
          receiver = next;
        },
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });
}
