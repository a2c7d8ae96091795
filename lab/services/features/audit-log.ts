import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../settings.js';
import { journal } from '../journal.js';

const PATH = join(tmpdir(), `novapay-audit-${process.pid}.log`);
const STEPS = 40;
let waiting: string[] = [];
let file: number | undefined;

const recordsOf = (what: string, body: unknown): string[] =>
  Array.from({ length: STEPS }, (_, step) =>
    JSON.stringify({ what, step, body, stack: new Error('audit').stack?.split('\n'), process: process.env }),
  );

async function flush(): Promise<void> {
  const lines = waiting;
  waiting = [];
  if (lines.length > 0) await appendFile(PATH, `${lines.join('\n')}\n`);
}

/** Writes the audit of a request: every step at once and to disk, or one record gathered and written in the background. */
export function audit(what: string, body: unknown, how: Settings['auditLog']): void {
  if (how === 'none') {
    if (file !== undefined) closeSync(file);
    file = undefined;
    return;
  }
  if (how === 'in-background') {
    if (waiting.length === 0) setTimeout(() => void flush(), 250);
    waiting.push(JSON.stringify({ what, body }));
    return;
  }
  file ??= openSync(PATH, 'w');
  for (const record of recordsOf(what, body)) {
    writeSync(file, `${record}\n`);
    journal('INFO', `audit ${what}`, { 'audit.record': record.slice(0, 400) });
  }
  fsyncSync(file);
}
