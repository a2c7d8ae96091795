import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Transform } from 'node:stream';
import { seededRandom } from '../../models/random.js';
import { toxicStream } from './stream-toxic.js';
import type { StreamToxic, Toxic } from './toxics.js';

export interface Address {
  host: string;
  port: number;
}
export interface ToxicProxy {
  /** Where it listens; the port that was free when 0 was asked for. */
  address: Address;
  counts: { connections: number; waited: number; refused: number };
  close(): Promise<void>;
}

/** A TCP proxy that does to each connection what the toxics say, in their order. Rejects when it cannot listen. */
export async function startProxy(
  listen: Address,
  upstream: Address,
  toxics: readonly Toxic[],
  options: { toxicity?: number; seed?: number } = {},
): Promise<ToxicProxy> {
  const random = seededRandom(options.seed ?? 1);
  const counts = { connections: 0, waited: 0, refused: 0 };
  const most = Math.min(...toxics.map((t) => (t.type === 'connections' ? t.most : Number.POSITIVE_INFINITY)));
  const streams = toxics.filter((t): t is StreamToxic => t.type !== 'connections');
  const open = new Set<Socket>();
  const waiting: Socket[] = [];
  let busy = 0;

  const serve = (client: Socket): void => {
    busy++;
    const poisoned = random() < (options.toxicity ?? 1);
    const server = connect({ host: upstream.host, port: upstream.port, allowHalfOpen: true });
    open.add(server);
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      busy--;
      client.destroy();
      server.destroy();
      open.delete(server);
      next();
    };
    const connection = {
      close: end,
      reset: () => {
        client.resetAndDestroy();
        end();
      },
    };
    server.on('error', () => {
      counts.refused++;
      end();
    });
    client.on('error', end);
    client.on('close', end);
    server.on('close', () => client.end());
    const chain = (direction: StreamToxic['direction']): Transform[] =>
      poisoned
        ? streams.filter((t) => t.direction === direction).map((t) => toxicStream(t, connection, random))
        : [];
    flow(client, chain('upstream'), server);
    flow(server, chain('downstream'), client);
  };
  const next = (): void => {
    while (busy < most) {
      const client = waiting.shift();
      if (!client) return;
      if (!client.destroyed) serve(client);
    }
  };

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    counts.connections++;
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    if (busy >= most) counts.waited++;
    waiting.push(client);
    next();
  });
  const address = await listening(server, listen);
  return {
    address,
    counts,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function flow(from: Socket, through: readonly Transform[], to: Socket): void {
  let last: NodeJS.ReadableStream = from;
  for (const stream of through) {
    stream.on('error', () => from.destroy());
    last = last.pipe(stream);
  }
  last.pipe(to);
  from.resume();
}

const listening = (server: Server, at: Address): Promise<Address> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      const bound = server.address();
      resolve({ host: at.host, port: typeof bound === 'object' && bound ? bound.port : at.port });
    });
  });
