import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '../refusal.js';
import { type Entry, entrySchema, type NewEntry, sealed } from './entry.js';

export const AUDIT_PATH = '.kneepoint/audit.jsonl';
/** The number and hash of the last entry, beside the log: finds a log that was cut off at a line. */
export const headPath = (log: string): string => `${log}.head`;

/**
 * Appends an entry: one write with O_APPEND, then fsync. A last line that a crash left unfinished is moved aside first, and
 * the repair becomes an entry of its own. One process writes at a time. Throws a Refusal when the log is not intact at its end.
 */
export function appendEntry(log: string, entry: NewEntry): Entry {
  mkdirSync(dirname(log), { recursive: true });
  const unlock = lock(`${log}.lock`);
  try {
    const { last, torn } = endOf(log);
    const before = torn
      ? write(log, sealed({ ...entry, what: 'audit.repaired', inputs: [], outputs: [] }, last))
      : last;
    return write(log, sealed(entry, before));
  } finally {
    unlock();
  }
}

function write(log: string, entry: Entry): Entry {
  const file = openSync(log, 'a', 0o600);
  try {
    // Through the schema, so that its keys stand in the order in which verify expects them.
    writeSync(file, `${JSON.stringify(entrySchema.parse(entry))}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const head = headPath(log);
  writeFileSync(`${head}.new`, `${entry.n} ${entry.hash}\n`, { mode: 0o600 });
  renameSync(`${head}.new`, head);
  return entry;
}

/** The last whole entry; a torn line after it is moved to `.torn`. */
function endOf(log: string): { last: Entry | undefined; torn: boolean } {
  if (!existsSync(log)) {
    if (existsSync(headPath(log)))
      throw new Refusal(
        'The audit log is gone, but its head is there.',
        log,
        'Restore the log from a backup; kneepoint audit verify tells what is missing.',
        'denied',
      );
    return { last: undefined, torn: false };
  }
  const text = readFileSync(log, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const torn = whole.length < text.length;
  if (torn) {
    writeFileSync(`${log}.torn`, text.slice(whole.length), { flag: 'a', mode: 0o600 });
    truncateSync(log, Buffer.byteLength(whole));
  }
  const line = whole.trimEnd().split('\n').at(-1) ?? '';
  if (line === '') return { last: undefined, torn };
  const parsed = entrySchema.safeParse(safeJson(line));
  if (!parsed.success)
    throw new Refusal(
      'The last line of the audit log is no entry.',
      log,
      'Run kneepoint audit verify.',
      'denied',
    );
  return { last: parsed.data, torn };
}

export function safeJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A file that only one process can make. One that was left by a dead process is taken over. */
function lock(path: string): () => void {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch {
      if (isLeft(path)) rmSync(path, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
  throw new Refusal(
    'Another process holds the audit log.',
    path,
    'Wait for it to end, or remove the file when none runs.',
    'denied',
  );
}

function isLeft(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
