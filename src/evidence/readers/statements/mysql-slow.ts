import { parseTimeNs } from '../time.js';
import type { StatementRecord } from './record.js';
import type { NumberedLine } from './text-lines.js';

const BEGINS = /^# (?:Time: |User@Host: )/;
const FIGURE = /(\w+): +([\d.]+)/g;
const HEADER =
  /^# (?:Time|User@Host|Thread_id|Schema|Query_time|Rows_affected|Full_scan|Filesort|Bytes_sent|Tmp_table)/;

export const isSlowLogLine = (line: string): boolean =>
  /^# Query_time: [\d.]+\s+Lock_time: [\d.]+\s+Rows_sent: \d+\s+Rows_examined: \d+/.test(line);

interface Open {
  figures: Map<string, number>;
  maria: boolean;
  time: string;
  statement: string[];
  line: number;
  ready: boolean;
  /** A temporary table or a sort went to disk. */
  onDisk: boolean;
}

/** The entries of the slow log of MySQL or MariaDB, as the server or `mysqld` of a cloud writes it to a file. */
export async function* mysqlSlowRecords(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<{ record: StatementRecord; line: number }> {
  let open: Open | undefined;
  let time = '';
  for await (const { text, line } of lines) {
    if (BEGINS.test(text)) {
      if (open?.ready) {
        const record = recordOf(open);
        if (record) yield { record, line: open.line };
        open = undefined;
      }
      const told = /^# Time: (\S.*)$/.exec(text)?.[1];
      if (told !== undefined) time = told.trim();
      open ??= { figures: new Map(), maria: false, time, statement: [], line, ready: false, onDisk: false };
      open.time = time;
      continue;
    }
    if (!open) continue;
    if (text.startsWith('#') && (HEADER.test(text) || !open.ready || open.statement.length === 0)) {
      if (HEADER.test(text))
        for (const [, key = '', value = ''] of text.matchAll(FIGURE)) open.figures.set(key, Number(value));
      if (/_on_disk: Yes/.test(text)) open.onDisk = true;
      if (/QC_hit|Rows_affected/.test(text)) open.maria = true;
      if (/^# administrator command/.test(text)) open = undefined;
      else if (open.figures.has('Query_time')) open.ready = true;
      continue;
    }
    const stamp = /^SET timestamp=([\d.]+);$/.exec(text)?.[1];
    if (stamp !== undefined) open.time = stamp;
    else if (!/^use [`\w-]+;$/i.test(text) && open.ready && !isBanner(text)) open.statement.push(text);
  }
  if (open?.ready) {
    const record = recordOf(open);
    if (record) yield { record, line: open.line };
  }
}

/** What a server writes into its log when it starts, or when the log is turned. */
const isBanner = (text: string): boolean =>
  /, Version: .* started with:$|^Tcp port: |^Time\s+Id\s+Command\s+Argument/.test(text);

function recordOf(open: Open): StatementRecord | undefined {
  const statement = open.statement.join('\n').trim().replace(/;$/, '');
  const figure = (key: string): number | undefined => open.figures.get(key);
  const seconds = figure('Query_time');
  if (statement === '' || seconds === undefined) return undefined;
  const timeNs = parseTimeNs(open.time);
  const optional = {
    lockMs: scaled(figure('Lock_time'), 1000),
    rows: figure('Rows_sent'),
    rowsExamined: figure('Rows_examined'),
    tempBytes: open.onDisk ? figure('Tmp_table_sizes') : undefined,
  };
  return {
    kind: 'slow',
    product: open.maria ? 'mariadb' : 'mysql',
    statement,
    calls: 1,
    totalMs: seconds * 1000,
    ...(timeNs === undefined ? {} : { timeNs }),
    ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined)),
  };
}

const scaled = (value: number | undefined, by: number): number | undefined =>
  value === undefined ? undefined : value * by;
