import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

// The way to a server in another zone: what it answers arrives a round trip later, and no faster than the link carries.
const upstreamPort = Number(process.env.UPSTREAM_PORT);
const roundTripMs = Number(process.env.ROUND_TRIP_MS);
const bytesPerMs = Number(process.env.BYTES_PER_SECOND ?? Number.POSITIVE_INFINITY) / 1000;

/** Bytes stay in order: each part leaves when the link has carried the one before. */
function delayed(from: Socket, to: Socket): void {
  let freeAtMs = 0;
  from.on('data', (bytes) => {
    const arrivesMs = Math.max(performance.now(), freeAtMs) + bytes.length / bytesPerMs;
    freeAtMs = arrivesMs;
    const waitMs = roundTripMs + arrivesMs - performance.now();
    setTimeout(() => to.writable && to.write(bytes), waitMs);
  });
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
