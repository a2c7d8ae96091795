import { csvFields } from '../csv.js';
import type { PostgresEntry } from './postgres-entry.js';
import type { NumberedLine } from './text-lines.js';

/** Positions in a line of `csvlog`, the same since PostgreSQL 9.0; later versions add at the end. */
const AT = {
  time: 0,
  pid: 3,
  severity: 11,
  state: 12,
  message: 13,
  detail: 14,
  statement: 19,
  application: 22,
};
const MOST_LINES_OF_ONE = 10_000;

export function isCsvLogLine(line: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d+ [\w+-:]{1,6},/.test(line) &&
    /,(?:LOG|ERROR|FATAL|WARNING|NOTICE|INFO|PANIC|DEBUG\d?),[0-9A-Z]{5},/.test(line)
  );
}

/** The entries of `csvlog`: fields in quotes may go over lines. A record whose quote never closes is left to `broken`. */
export async function* postgresCsvEntries(
  lines: AsyncIterable<NumberedLine>,
  broken: (line: number) => void,
): AsyncGenerator<PostgresEntry> {
  let record = '';
  let from = 0;
  let count = 0;
  for await (const { text, line } of lines) {
    if (record === '') from = line;
    record = record === '' ? text : `${record}\n${text}`;
    const fields = csvFields(record, ',');
    if (fields === undefined && ++count < MOST_LINES_OF_ONE) continue;
    record = '';
    count = 0;
    if (fields === undefined || fields.length <= AT.statement) {
      if (fields?.length !== 1 || fields[0] !== '') broken(from);
      continue;
    }
    const at = (i: number): string => fields[i] ?? '';
    yield {
      time: at(AT.time),
      pid: at(AT.pid),
      severity: at(AT.severity),
      message: at(AT.message),
      detail: at(AT.detail),
      statement: at(AT.statement),
      application: at(AT.application),
      line: from,
    };
  }
  if (record.trim() !== '') broken(from);
}
