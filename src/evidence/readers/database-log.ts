import { NO_SCOPE, resources } from './json-map.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader, ReaderInput } from './reader.js';
import { isObject, leadingObjects, type Sample } from './sample.js';
import { innodbDeadlocks, isDeadlockLine } from './statements/innodb-deadlocks.js';
import { isSlowLogLine, mysqlSlowRecords } from './statements/mysql-slow.js';
import { isCsvLogLine, postgresCsvEntries } from './statements/postgres-csv.js';
import { logTimeNs, type PostgresEntry, statementsIn } from './statements/postgres-entry.js';
import { isLogLine, postgresTextEntries } from './statements/postgres-text.js';
import { textLines } from './statements/text-lines.js';

type Form = 'postgres-json' | 'postgres-csv' | 'postgres-text' | 'mysql-slow' | 'innodb';

const SAYS: Readonly<Record<Form, string>> = {
  'postgres-json': 'entries of jsonlog with error_severity and backend_type',
  'postgres-csv': 'lines of csvlog with a severity and an SQLSTATE',
  'postgres-text': 'lines with a time, a severity and a duration, a lock or a deadlock',
  'mysql-slow': 'entries with Query_time, Lock_time, Rows_sent and Rows_examined',
  innodb: 'a deadlock as InnoDB tells it',
};

const databaseLog: EvidenceReader = {
  id: 'database-log',
  title: 'Database logs',
  looksFor:
    'a log of PostgreSQL (text, csvlog, jsonlog), the slow log of MySQL or MariaDB, or deadlocks as InnoDB tells them',
  recognise(sample) {
    const form = formOf(sample);
    return form && { confidence: 0.95, by: SAYS[form] };
  },
  async read(input) {
    const form = formOf(input.sample);
    if (form === 'mysql-slow' || form === 'innodb') return readMysql(form, input);
    const entries = form === undefined ? undefined : entriesOf(form, input);
    if (!entries) return;
    const resource = resources(input.sink);
    for await (const entry of entries) {
      const said = statementsIn(entry);
      for (const record of said) input.sink.statement(record, entry.line);
      // A duration is evidence of a statement; everything else is a line of a log as well.
      if (!entry.message.startsWith('duration: ')) writeLog(entry, resource(''), input);
      await input.sink.drain();
    }
  },
};

function formOf(sample: Sample): Form | undefined {
  const objects = leadingObjects(sample);
  if (objects.length > 0)
    return objects.every((o) => typeof o.error_severity === 'string' && 'pid' in o && 'message' in o)
      ? 'postgres-json'
      : undefined;
  if (sample.text === undefined) return undefined;
  // A log with plans is read for its plans.
  if (/duration: [\d.]+ ms\s+plan:/.test(sample.text)) return undefined;
  if (sample.lines.some(isCsvLogLine)) return 'postgres-csv';
  const lines = sample.text.split('\n');
  if (lines.some(isSlowLogLine)) return 'mysql-slow';
  if (lines.some(isDeadlockLine)) return 'innodb';
  const says = (line: string): boolean =>
    isLogLine(line) &&
    /: {1,2}(?:duration: [\d.]+ ms|process \d+ (?:still waiting|acquired|detected)|deadlock detected|temporary file: |checkpoint|database system is ready|connection (?:received|authorized))/.test(
      line,
    );
  return lines.some(says) ? 'postgres-text' : undefined;
}

function entriesOf(form: Form, { bytes, sink, name, problem }: ReaderInput): AsyncIterable<PostgresEntry> {
  if (form === 'postgres-csv')
    return postgresCsvEntries(textLines(bytes), (line) => sink.flaw('record-incomplete', line));
  if (form === 'postgres-text') return postgresTextEntries(textLines(bytes));
  return jsonEntries({ bytes, name, problem, sink });
}

async function* jsonEntries({
  bytes,
  name,
  problem,
  sink,
}: Pick<ReaderInput, 'bytes' | 'name' | 'problem' | 'sink'>): AsyncGenerator<PostgresEntry> {
  for await (const { value, line } of jsonRecords({ bytes, name, problem }, [''])) {
    if (!isObject(value)) {
      sink.flaw('record-incomplete', line);
      continue;
    }
    const text = (key: string): string => {
      const v = value[key];
      return typeof v === 'string' || typeof v === 'number' ? String(v) : '';
    };
    yield {
      time: text('timestamp'),
      pid: text('pid'),
      severity: text('error_severity'),
      message: text('message'),
      detail: text('detail'),
      statement: text('statement'),
      application: text('application_name'),
      line,
    };
  }
}

async function readMysql(form: 'mysql-slow' | 'innodb', { bytes, sink }: ReaderInput): Promise<void> {
  const lines = textLines(bytes);
  const records = form === 'innodb' ? innodbDeadlocks(lines) : mysqlSlowRecords(lines);
  for await (const { record, line } of records) {
    sink.statement(record, line);
    await sink.drain();
  }
}

/** To OpenTelemetry's severity numbers. LOG is what PostgreSQL says of itself. */
const SEVERITIES: Readonly<Record<string, number>> = {
  INFO: 9,
  NOTICE: 9,
  LOG: 9,
  WARNING: 13,
  ERROR: 17,
  FATAL: 21,
  PANIC: 21,
};

function writeLog(
  entry: PostgresEntry,
  resource: ReturnType<ReturnType<typeof resources>>,
  { sink }: ReaderInput,
): void {
  const timeNs = logTimeNs(entry.time);
  if (timeNs === undefined) {
    sink.flaw('no-time', entry.line);
    return;
  }
  sink.log(
    {
      resource,
      scope: NO_SCOPE,
      timeNs,
      traceId: '',
      spanId: '',
      traceFlags: 0,
      severityText: entry.severity,
      severityNumber: SEVERITIES[entry.severity] ?? 5,
      body: entry.message,
      attributes: sink.map([]),
      eventName: '',
    },
    entry.line,
  );
}

export default databaseLog;
