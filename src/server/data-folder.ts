import { createHash, randomBytes } from 'node:crypto';
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
  /** The same key as KNEEPOINT_REDACTION_KEY has it, for commands that the server runs. */
  redactionSecret: string;
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
  const redactionSecret = secretOf(join(path, 'redaction.key'));
  return {
    path,
    received: folder('received'),
    investigations: folder('investigations'),
    redactionKey: createHash('sha256').update(redactionSecret).digest(),
    redactionSecret,
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

/** 64 hexadecimal digits, made once. */
function secretOf(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(secret)) return secret;
    throw new Refusal(
      'The key of redaction is damaged.',
      file,
      'Restore it, or remove it: placeholders will then change.',
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(KEY_BYTES).toString('hex');
    writeFileSync(file, `${secret}\n`, { flag: 'wx', mode: 0o600 });
    return secret;
  }
}
