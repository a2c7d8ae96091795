import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../governance/refusal.js';

/** Where a server keeps what it received and found. */
export interface DataFolder {
  path: string;
  received: string;
  investigations: string;
  /** For placeholders that stay the same from one run to the next. */
  redactionKey: Buffer;
  release(): void;
}

/** Opens the folder for this process alone. Throws a Refusal when another process that lives has it. */
export function openDataFolder(path: string): DataFolder {
  const folder = (name: string): string => {
    const whole = join(path, name);
    mkdirSync(whole, { recursive: true, mode: 0o700 });
    return whole;
  };
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = join(path, 'lock');
  takeLock(lock, path);
  return {
    path,
    received: folder('received'),
    investigations: folder('investigations'),
    redactionKey: keyOf(join(path, 'redaction.key')),
    release: () => rmSync(lock, { force: true }),
  };
}

function takeLock(lock: string, path: string): void {
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 0) throw error;
      const holder = Number(readFileSync(lock, 'utf8'));
      if (holder !== process.pid && isAlive(holder))
        throw new Refusal(
          `Process ${holder} serves this folder already.`,
          path,
          'Stop it, or name another folder with --data.',
        );
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const KEY_BYTES = 32;

function keyOf(file: string): Buffer {
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    if (key.length === KEY_BYTES) return key;
    throw new Refusal(
      'The key of redaction is damaged.',
      file,
      'Restore it, or remove it: placeholders will then change.',
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const key = randomBytes(KEY_BYTES);
    writeFileSync(file, `${key.toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    return key;
  }
}
