import { existsSync, readFileSync } from 'node:fs';
import { signerOf } from '../ssh-keys.js';
import { type Entry, entrySchema, FIRST, hashOf } from './entry.js';
import { headPath, safeJson } from './log.js';

/** One thing that is wrong with a log. */
export interface Break {
  line: number;
  what: string;
}
export interface Verdict {
  entries: Entry[];
  breaks: Break[];
  /** How far the latest signed checkpoint reaches, and whose it is. */
  checkpoint?: { n: number; fingerprint: string };
}

/** Checks every entry, their order, times and hashes, and the end against the head and the signed checkpoint. */
export function verifyLog(text: string, ends: { head?: string; checkpoint?: string } = {}): Verdict {
  const entries: Entry[] = [];
  const breaks: Break[] = [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else if (text !== '') breaks.push({ line: lines.length, what: 'the last line is not whole' });
  let previous = FIRST;
  let time = '';
  lines.forEach((line, i) => {
    const number = i + 1;
    const parsed = entrySchema.safeParse(safeJson(line));
    if (!parsed.success) {
      breaks.push({ line: number, what: 'it is no entry' });
      return;
    }
    const entry = parsed.data;
    if (JSON.stringify(entry) !== line)
      breaks.push({ line: number, what: 'it is not written as kneepoint writes it' });
    if (hashOf(entry) !== entry.hash)
      breaks.push({ line: number, what: 'it was edited: its hash is of something else' });
    if (entry.n !== number)
      breaks.push({ line: number, what: `entry ${entry.n} stands in the place of entry ${number}` });
    if (entry.previous !== previous)
      breaks.push({ line: number, what: 'it does not follow the entry before it' });
    if (entry.at < time) breaks.push({ line: number, what: 'the clock went back' });
    previous = entry.hash;
    time = entry.at;
    entries.push(entry);
  });
  checkEnd('head', ends.head, entries, breaks);
  const checkpoint = checkCheckpoint(ends.checkpoint, entries, breaks);
  return { entries, breaks, ...(checkpoint ? { checkpoint } : {}) };
}

function checkEnd(name: string, said: string | undefined, entries: readonly Entry[], breaks: Break[]): void {
  if (said === undefined) return;
  const m = /^(\d+) ([0-9a-f]{64})$/.exec(said.trim());
  if (!m) breaks.push({ line: 0, what: `the ${name} beside the log is unreadable` });
  else {
    const n = Number(m[1]);
    const entry = entries.find((e) => e.n === n);
    if (!entry)
      breaks.push({ line: entries.length + 1, what: `the log was cut off: its ${name} says ${n} entries` });
    else if (entry.hash !== m[2]) breaks.push({ line: n, what: `entry ${n} is not the one of the ${name}` });
  }
}

/** A checkpoint is `n hash` in a line, then an SSH signature of that line. */
function checkCheckpoint(
  text: string | undefined,
  entries: readonly Entry[],
  breaks: Break[],
): Verdict['checkpoint'] {
  if (text === undefined) return undefined;
  const at = text.indexOf('-----BEGIN SSH SIGNATURE-----');
  const message = text.slice(0, Math.max(0, at));
  const signer = at < 0 ? undefined : safely(() => signerOf(message, text.slice(at), 'checkpoint'));
  if (!signer) {
    breaks.push({ line: 0, what: 'the checkpoint is not signed, or was altered' });
    return undefined;
  }
  checkEnd('checkpoint', message.replace(/^kneepoint audit checkpoint 1\n/, ''), entries, breaks);
  return { n: Number.parseInt(message.split('\n')[1] ?? '0', 10), fingerprint: signer.fingerprint };
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export const checkpointPath = (log: string): string => `${log}.checkpoint`;
export const checkpointMessage = (entry: Pick<Entry, 'n' | 'hash'>): string =>
  `kneepoint audit checkpoint 1\n${entry.n} ${entry.hash}\n`;

/** A log with what lies beside it. */
export function verifyFiles(log: string): Verdict {
  const read = (path: string): string | undefined =>
    existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const [head, checkpoint] = [read(headPath(log)), read(checkpointPath(log))];
  return verifyLog(read(log) ?? '', {
    ...(head === undefined ? {} : { head }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
}
