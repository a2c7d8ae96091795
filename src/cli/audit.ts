import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { otlpLogs, syslogLine } from '../governance/audit/forward.js';
import { checkpointMessage, checkpointPath, verifyFiles } from '../governance/audit/verify.js';
import { Refusal } from '../governance/refusal.js';
import { publicOf, readPrivateKey, readPublicKey, signMessage } from '../governance/ssh-keys.js';
import { EXIT } from './exit.js';
import { textOf } from './governance.js';

/** `audit verify`: 0 when the log is whole, 1 when anything is wrong with it. */
export function verifyAudit(log: string, options: { json?: boolean; key?: string }): number {
  const { entries, breaks, checkpoint } = verifyFiles(log);
  const expected =
    options.key === undefined ? undefined : readPublicKey(textOf(options.key), options.key).fingerprint;
  if (expected !== undefined && checkpoint?.fingerprint !== expected)
    breaks.push({
      line: 0,
      what: checkpoint
        ? `the checkpoint is signed by ${checkpoint.fingerprint}, not by ${expected}`
        : 'there is no valid checkpoint',
    });
  if (options.json)
    process.stdout.write(`${JSON.stringify({ entries: entries.length, breaks, checkpoint }, null, 2)}\n`);
  else {
    for (const b of breaks) process.stdout.write(`${log}:${b.line}: ${b.what}\n`);
    const upTo = checkpoint
      ? `; signed up to entry ${checkpoint.n} by ${checkpoint.fingerprint}`
      : '; no signed checkpoint';
    process.stdout.write(
      breaks.length === 0
        ? `whole: ${entries.length} entries${upTo}\n`
        : `NOT whole: ${breaks.length} breaks in ${entries.length} entries\n`,
    );
  }
  return breaks.length === 0 ? EXIT.fine : EXIT.checkFailed;
}

export function showAudit(log: string, options: { json?: boolean; last: string }): number {
  const { entries } = verifyFiles(log);
  const shown = entries.slice(-Math.max(1, Number(options.last) || 20));
  if (options.json) process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  else
    for (const e of shown)
      process.stdout.write(`${e.n}  ${e.at}  ${e.who}  ${e.what}  ${e.hash.slice(0, 12)}\n`);
  return EXIT.fine;
}

/** `audit export`: the log for another system. Refuses a log that is not whole. */
export function exportAudit(log: string, options: { as: string }): number {
  const { entries, breaks } = verifyFiles(log);
  if (breaks.length > 0)
    throw new Refusal(
      'The audit log is not whole.',
      `${log}:${breaks[0]?.line ?? 0}`,
      'Run kneepoint audit verify.',
      'denied',
    );
  if (options.as === 'syslog')
    for (const e of entries) process.stdout.write(`${syslogLine(e, hostname())}\n`);
  else if (options.as === 'otlp') process.stdout.write(`${otlpLogs(entries)}\n`);
  else throw new Refusal(`There is no export as "${options.as}".`, '--as', 'Give syslog or otlp.');
  return EXIT.fine;
}

/** `audit checkpoint`: signs how far the log reaches now. */
export function signAudit(log: string, options: { key: string }): number {
  const { entries, breaks } = verifyFiles(log);
  const last = entries.at(-1);
  if (breaks.length > 0 || !last)
    throw new Refusal(
      last ? 'The audit log is not whole.' : 'The audit log is empty.',
      log,
      'Only a whole log is signed: run kneepoint audit verify.',
      'denied',
    );
  const key = readPrivateKey(textOf(options.key), options.key);
  const message = checkpointMessage(last);
  writeFileSync(checkpointPath(log), message + signMessage(message, key), { mode: 0o600 });
  process.stdout.write(`signed up to entry ${last.n} by ${publicOf(key).fingerprint}\n`);
  return EXIT.fine;
}
