import { parseTimeNs } from '../time.js';
import type { StatementRecord } from './record.js';

/** One entry of a PostgreSQL log, whatever form the log has. */
export interface PostgresEntry {
  time: string;
  pid: string;
  severity: string;
  message: string;
  detail: string;
  statement: string;
  application: string;
  line: number;
}

const DURATION =
  /^duration: (\d+(?:\.\d+)?) ms(?: {2}(?:statement|execute [^:]*|fetch from [^:]*): ([\s\S]*))?$/;
const LOCK =
  /^process \d+ (?:acquired|detected deadlock while waiting for) \w+ on .* after (\d+(?:\.\d+)?) ms/;
const TEMP_FILE = /^temporary file: path ".*", size (\d+)/;
const PREPARE = /^prepare: (?:prepare\s+\S+(?:\s*\([^)]*\))?\s+as\s+)?([\s\S]*)$/i;

/** Zones that a time can be read in; others are names that stand for several. */
const KNOWN_ZONE = /(?:UTC|GMT|Z|[+-]\d{2}(?::?\d{2})?)$/;

/** Nanoseconds since 1970; undefined for a time in a zone that has a mere abbreviation. */
export function logTimeNs(time: string): bigint | undefined {
  if (/^\d{9,}/.test(time)) return parseTimeNs(time);
  if (!KNOWN_ZONE.test(time)) return undefined;
  return parseTimeNs(
    time
      .replace(/ GMT$/, ' UTC')
      .replace(/ ([+-]\d{2})$/, '$1:00')
      .replace(/ (?=[+-])/, ''),
  );
}

/** What an entry says about statements; nothing for most. */
export function statementsIn(entry: PostgresEntry): StatementRecord[] {
  const timeNs = logTimeNs(entry.time);
  const said = entry.statement.trim().replace(/;$/, '');
  const common = { product: 'postgresql' as const, ...(timeNs === undefined ? {} : { timeNs }), calls: 1 };
  const duration = DURATION.exec(entry.message);
  if (duration) {
    const prepared = PREPARE.exec(entry.detail)?.[1];
    const statement = prepared ?? duration[2] ?? said;
    return statement.trim() === ''
      ? []
      : [
          {
            ...common,
            kind: 'slow',
            statement: statement.trim().replace(/;$/, ''),
            totalMs: Number(duration[1]),
          },
        ];
  }
  if (said === '' && !entry.message.startsWith('deadlock detected')) return [];
  const lock = LOCK.exec(entry.message);
  if (lock) return [{ ...common, kind: 'lock-wait', statement: said, totalMs: 0, lockMs: Number(lock[1]) }];
  const temp = TEMP_FILE.exec(entry.message);
  if (temp)
    return [{ ...common, kind: 'temp-file', statement: said, totalMs: 0, tempBytes: Number(temp[1]) }];
  if (entry.message.startsWith('deadlock detected')) {
    const [first = '', ...others] = processesOf(entry.detail);
    return [
      {
        ...common,
        kind: 'deadlock',
        statement: first || said,
        other: others.join('\n'),
        totalMs: 0,
      },
    ];
  }
  return [];
}

/** `Process 4871: update …` for each of those that wait in a ring; the first is the one that is ended. */
function processesOf(detail: string): string[] {
  const out: string[] = [];
  for (const line of detail.split('\n')) {
    const begins = /^\s*Process \d+: (.*)$/.exec(line);
    if (begins) out.push(begins[1] ?? '');
    else if (out.length > 0 && !/^\s*Process \d+ waits for /.test(line))
      out[out.length - 1] += `\n${line.trim()}`;
  }
  return out;
}
