import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

// The way to a database in another zone: what it answers arrives a round trip later.
const upstreamPort = Number(process.env.UPSTREAM_PORT);
const roundTripMs = Number(process.env.ROUND_TRIP_MS);

/** Timers of one duration fire in the order they were set, so bytes stay in order. */
function delayed(from: Socket, to: Socket): void {
  from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), roundTripMs));
}

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true });
  client.pipe(upstream);
  delayed(upstream, client);
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on('error', () => other.destroy());
    socket.on('close', () => setTimeout(() => other.destroy(), roundTripMs * 2));
  }
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ ready: true, port: (server.address() as AddressInfo).port }),
);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message === 'stop') process.exit(0);
});
