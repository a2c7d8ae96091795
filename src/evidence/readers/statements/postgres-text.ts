import type { PostgresEntry } from './postgres-entry.js';
import type { NumberedLine } from './text-lines.js';

const SEVERITY =
  /^(.{0,300}?)\b(DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION): {1,2}(.*)$/;
const TIME =
  /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?(?: (?:[A-Z]{3,5}|[+-]\d{2}(?::?\d{2})?))?|\b\d{10}\.\d{3}\b/;
const PID = /\[(\d+)(?:-\d+)?\]|\b(?:pid|p)[=:](\d+)/i;
const ADDED = new Set(['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'STATEMENT', 'LOCATION']);

/** True for a line that a PostgreSQL log begins an entry with. */
export const isLogLine = (line: string): boolean => {
  const found = SEVERITY.exec(line);
  return found !== null && TIME.test(found[1] ?? '');
};

/**
 * The entries of a log of PostgreSQL in text, whatever its `log_line_prefix`: lines that begin with a tab go on with the
 * line before, DETAIL and STATEMENT belong to the entry of the same process before them.
 */
export async function* postgresTextEntries(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<PostgresEntry> {
  const open = new Map<string, PostgresEntry>();
  let last: { entry: PostgresEntry; part: 'message' | 'detail' | 'statement' | undefined } | undefined;
  for await (const { text, line } of lines) {
    const found = SEVERITY.exec(text);
    const prefix = found?.[1] ?? '';
    if (!found || !(TIME.test(prefix) || prefix.trim() !== '' || ADDED.has(found[2] ?? ''))) {
      if (last?.part !== undefined) last.entry[last.part] += `\n${text.replace(/^\t/, '')}`;
      continue;
    }
    const [, , severity = '', rest = ''] = found;
    const pid = PID.exec(prefix)?.slice(1).find(Boolean) ?? '';
    const known = open.get(pid);
    if (ADDED.has(severity)) {
      const part =
        severity === 'DETAIL'
          ? ('detail' as const)
          : severity === 'STATEMENT'
            ? ('statement' as const)
            : undefined;
      if (known && part) known[part] = rest;
      if (known) last = { entry: known, part };
      continue;
    }
    if (known) yield known;
    const entry: PostgresEntry = {
      time: TIME.exec(prefix)?.[0] ?? '',
      pid,
      severity,
      message: rest,
      detail: '',
      statement: '',
      application: '',
      line,
    };
    open.set(pid, entry);
    last = { entry, part: 'message' };
    // Sessions come and go: what was begun long ago is whole.
    if (open.size > 500)
      for (const [key, old] of open)
        if (old !== entry && open.size > 250) {
          yield old;
          open.delete(key);
        }
  }
  yield* open.values();
}
