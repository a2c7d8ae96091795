// Another tenant of the machine: works for a while, rests for a while, over and over.
const workMs = Number(process.env.WORK_MS);
const restMs = Number(process.env.REST_MS);

function work(): void {
  const untilMs = performance.now() + workMs;
  let x = 1;
  while (performance.now() < untilMs) for (let i = 0; i < 20_000; i++) x = Math.imul(x, 48_271) ^ i;
  setTimeout(work, restMs + (x & 1));
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message === 'stop') process.exit(0);
});
process.send?.({ ready: true });
work();
