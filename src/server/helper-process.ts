import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { behind } from './behind.js';

/**
 * Starts a module as a process of its own that works behind the server. `name` is the module beside the one whose
 * `import.meta.url` is `from`, without its ending: a server that runs from its sources starts sources.
 */
export function helperProcess(from: string, name: string, args: readonly string[]): ChildProcess {
  const source = from.endsWith('.ts');
  return behind(
    fork(fileURLToPath(new URL(`./${name}.${source ? 'ts' : 'js'}`, from)), [...args], {
      execArgv: source ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
}
