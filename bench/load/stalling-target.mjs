// A server on loopback that stands still once, as a process in a long collection does, and knows when.
// Arguments: seconds from the first request to the stall, seconds of the stall. Ends by itself.
import { createServer } from 'node:http';

const [afterSeconds, stallSeconds] = process.argv.slice(2).map(Number);
const LIFETIME_MS = 180_000;
const now = () => performance.now();
const arrivals = [];
const stall = { from: 0, to: 0 };
let cpuOfStall = 0;
const cell = new Int32Array(new SharedArrayBuffer(4));

function standStill() {
  const before = process.cpuUsage();
  stall.from = now();
  Atomics.wait(cell, 0, 0, stallSeconds * 1000);
  stall.to = now();
  const used = process.cpuUsage(before);
  cpuOfStall = used.user + used.system;
}

let cpuAtStart;
const server = createServer((request, response) => {
  if (request.url === '/report') {
    const cpu = process.cpuUsage(cpuAtStart);
    const cpuMs = (cpu.user + cpu.system - cpuOfStall) / 1000;
    response.end(JSON.stringify({ arrivals, stall, cpuMsPerRequest: cpuMs / Math.max(1, arrivals.length) }));
    return;
  }
  if (arrivals.length === 0) {
    cpuAtStart = process.cpuUsage();
    if (stallSeconds > 0) setTimeout(standStill, afterSeconds * 1000);
  }
  arrivals.push(now());
  response.end('ok');
});
server.keepAliveTimeout = LIFETIME_MS;
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(server.address().port));
setTimeout(() => process.exit(0), LIFETIME_MS).unref();
process.on('disconnect', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
