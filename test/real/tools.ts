import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const goBin = join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin');
export const PATH = `${process.env.PATH}${delimiter}${goBin}`;

/** True when the tool can be run; `scripts/test-real.mjs` says what is lacking and fails in CI. */
export const has = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH } }).status === 0;

export interface Outcome {
  status: number | null;
  output: string;
}
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; timeoutMs?: number } = {},
): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: options.cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH, ...options.env },
    timeout: options.timeoutMs ?? 120_000,
  });
  return { status, output: `${stdout}\n${stderr}` };
}
