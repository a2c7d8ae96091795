import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

const folder = mkdtempSync(join(tmpdir(), 'novapay-redis-'));
const port = await freePort();
const redis = spawn(
  'redis-server',
  [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--latency-monitor-threshold',
    '5',
  ],
  { stdio: 'ignore' },
);
redis.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 0);
});
const stop = (): void => {
  redis.kill('SIGTERM');
};
process.on('disconnect', stop);
process.on('message', (message) => {
  if (message === 'stop') stop();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);

const answers = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 50));
process.send?.({ ready: true, port });
