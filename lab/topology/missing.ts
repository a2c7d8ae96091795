import { spawnSync } from 'node:child_process';

/** Why no service in Python can run here; `undefined` where it can. */
export function pythonMissing(): string | undefined {
  return spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'python3 is not installed';
}

/** What the lab needs from the system and does not find, with how to get it; `undefined` when all is there. */
export function missingPart(): string | undefined {
  const found = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
  return found
    ? undefined
    : 'redis-server is not installed. Debian: apt-get install redis-server; macOS: brew install redis.';
}
