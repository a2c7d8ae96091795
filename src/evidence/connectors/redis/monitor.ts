import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { slotOfKey } from '../../../models/cache/slot.js';
import { shapeOfKey } from '../../readers/access/access-trace.js';
import { monitorAccesses } from '../../readers/access/redis-monitor.js';
import { labelOf, type MonitoredAccess, type RedisSnapshot } from './snapshot.js';

/** Listening stops after so many accesses, whatever the time. */
const MOST_ACCESSES = 200_000;
const PORT = 6379;

/**
 * Listens with MONITOR on a connection of its own. (Client libraries lose their place when lines arrive before their
 * handshake is done, which on a busy server is always.)
 */
export async function monitor(url: URL, seconds: number): Promise<NonNullable<RedisSnapshot['monitored']>> {
  const socket = open(url);
  const accesses: MonitoredAccess[] = [];
  const start = performance.now();
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    for (const { key, timeMs, source, op } of monitorAccesses(line) ?? []) {
      if (accesses.length >= MOST_ACCESSES) return;
      accesses.push({
        atMs: timeMs,
        source,
        op,
        label: labelOf(key),
        shape: shapeOfKey(key),
        slot: slotOfKey(key),
      });
    }
    if (accesses.length >= MOST_ACCESSES) socket.destroy();
  });
  if (url.password !== '')
    socket.write(
      command(
        'AUTH',
        ...(url.username === '' ? [] : [decodeURIComponent(url.username)]),
        decodeURIComponent(url.password),
      ),
    );
  socket.write(command('MONITOR'));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(), seconds * 1000);
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return { seconds: (performance.now() - start) / 1000, accesses };
}

function open(url: URL): Socket {
  const address = { host: url.hostname, port: url.port === '' ? PORT : Number(url.port) };
  return url.protocol === 'rediss:'
    ? connectTls({ ...address, servername: url.hostname })
    : createConnection(address);
}

/** A command as RESP: an array of bulk strings. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`;
