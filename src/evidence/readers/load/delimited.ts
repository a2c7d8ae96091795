import type { LoadResult } from '../../../domain/load-result.js';
import { csvFields, separatorOf } from '../csv.js';
import type { Sample } from '../sample.js';
import { parseTimeNs } from '../time.js';
import { CLOSED_LOOP } from './caveats.js';
import { faultAt, LoadFault, type LoadInput, type LoadReader, textLines } from './reader.js';
import { gatherRequests, type RequestRow } from './requests.js';

/** A field of the row by the names that its column may have, lower case. */
export type Field = (...names: string[]) => string | undefined;

/** How one delimited format is told and what its rows mean. */
export interface Dialect {
  id: string;
  title: string;
  looksFor: string;
  /** The header, lower case, must have each of these; of a list, any. */
  columns: readonly (string | readonly string[])[];
  /** One request; 'skipped' for a row that is none; nothing when its numbers cannot be read. */
  row(field: Field): RequestRow | 'skipped' | undefined;
  about: Pick<LoadResult, 'tool' | 'loop' | 'omissionSafe' | 'lowerBound' | 'caveats'>;
}

/** A reader of one request a row below a header. */
export function delimitedReader(d: Dialect): LoadReader {
  return {
    id: d.id,
    title: d.title,
    looksFor: d.looksFor,
    recognise(sample: Sample) {
      const columns = headerOf(sample.lines[0] ?? '')?.columns;
      if (!columns) return undefined;
      const holds = d.columns.every((c) =>
        typeof c === 'string' ? columns.includes(c) : c.some((x) => columns.includes(x)),
      );
      return holds ? { confidence: 1, by: `the header of ${d.title}` } : undefined;
    },
    read: (input) => readRows(d, input),
  };
}

function headerOf(line: string): { columns: string[]; separator: string } | undefined {
  const separator = separatorOf(line);
  const columns = separator ? csvFields(line, separator) : undefined;
  return separator && columns ? { separator, columns: columns.map((c) => c.toLowerCase()) } : undefined;
}

async function readRows(d: Dialect, input: LoadInput): Promise<LoadResult> {
  const requests = gatherRequests();
  let header: ReturnType<typeof headerOf>;
  let pending = '';
  let pendingLine = 0;
  for await (const { text, line, ended } of textLines(input)) {
    if (!header) {
      header = headerOf(text);
      if (!header) throw faultAt(input, line, 'The header cannot be read');
      continue;
    }
    if (text === '' && pending === '') continue;
    // A quoted field may hold line ends.
    const whole = pending === '' ? text : `${pending}\n${text}`;
    const from = pending === '' ? line : pendingLine;
    const fields = csvFields(whole, header.separator);
    if (!fields) {
      if (!ended || whole.length > 1_000_000) throw faultAt(input, from, 'A quote stays open');
      pending = whole;
      pendingLine = from;
      continue;
    }
    pending = '';
    if (fields.length < header.columns.length)
      throw faultAt(input, from, `The line has ${fields.length} fields instead of ${header.columns.length}`);
    const { columns } = header;
    const row = d.row((...names) => {
      const at = columns.findIndex((c) => names.includes(c));
      return at < 0 ? undefined : fields[at];
    });
    if (row === 'skipped') continue;
    if (!row || !(row.durationMs >= 0)) throw faultAt(input, from, 'The time of the request is no number');
    requests.add(row);
  }
  if (pending !== '') throw faultAt(input, pendingLine, 'A quote stays open');
  if (requests.count() === 0)
    throw new LoadFault('There is no row in it', input.name, 'Export a run that made requests.');
  return { format: d.title, ...d.about, ...requests.result() };
}

export const numberIn = (text: string | undefined): number =>
  text === undefined || text === '' ? Number.NaN : Number(text);

/** The start of a request from its time stamp, where that can be read. */
export const timeMs = (text: string | undefined): { startMs: number } | Record<string, never> => {
  const ns = text === undefined ? undefined : parseTimeNs(text);
  return ns === undefined ? {} : { startMs: Number(ns / 1000n) / 1000 };
};

/** JMeter’s JTL as CSV with a header. */
export const jmeter = delimitedReader({
  id: 'jmeter-jtl',
  title: 'JMeter JTL',
  looksFor: 'a JTL of JMeter with header',
  columns: ['timestamp', 'elapsed', 'label', 'success'],
  row: (f) => ({
    name: f('label') ?? '',
    durationMs: numberIn(f('elapsed')),
    failed: f('success') !== 'true',
    ...timeMs(f('timestamp')),
  }),
  about: {
    tool: 'jmeter',
    loop: 'closed',
    omissionSafe: false,
    lowerBound: true,
    caveats: [
      `${CLOSED_LOOP} Thread groups work so; with an open-model thread group arrivals keep their rate, and the tail is no bound.`,
      'Whole milliseconds only.',
    ],
  },
});

/** hey -o csv: seconds to four places, offsets from the start. */
export const heyCsv = delimitedReader({
  id: 'hey-csv',
  title: 'hey CSV',
  looksFor: 'the CSV of hey',
  columns: ['response-time', 'response-delay', 'status-code', 'offset'],
  row: (f) => ({
    name: 'requests',
    durationMs: numberIn(f('response-time')) * 1000,
    failed: !(numberIn(f('status-code')) < 400),
    startMs: numberIn(f('offset')) * 1000,
  }),
  about: { tool: 'hey', loop: 'closed', omissionSafe: false, lowerBound: true, caveats: [CLOSED_LOOP] },
});

/** ab -g: one row a request, sorted by time taken. */
export const abTsv = delimitedReader({
  id: 'ab-gnuplot',
  title: 'ApacheBench gnuplot file',
  looksFor: 'the file of ab -g',
  columns: ['starttime', 'seconds', 'ctime', 'dtime', 'ttime', 'wait'],
  row: (f) => ({
    name: 'requests',
    durationMs: numberIn(f('ttime')),
    failed: false,
    ...timeMs(f('seconds')),
  }),
  about: {
    tool: 'ab',
    loop: 'closed',
    omissionSafe: false,
    lowerBound: true,
    caveats: [CLOSED_LOOP, 'Failures are not in this file, and starts only to the second.'],
  },
});
