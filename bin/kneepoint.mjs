#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// Most runs take seconds: a third of their processor time went into optimising code that then hardly ran. Ten times
// the engine's usual patience leaves the optimiser to what stays hot.
setFlagsFromString('--interrupt-budget=800000');
// A reader that has seen enough (`| head`) closes the pipe: that is no failure.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { main } = await import('../dist/cli/main.js');

process.exitCode = await main(process.argv.slice(2));
