import { setImmediate } from 'node:timers/promises';
import type { Redactor } from '../redact/index.js';
import type { Store } from '../store/index.js';
import { clearSpans, createSpanColumns, type SpanColumns } from './span-columns.js';
import { ROW_COLUMNS, spanRows } from './span-rows.js';
import type { SpanScan } from './span-scan.js';
import type { TakenBlock } from './taken-block.js';

/** What `spanRows` makes is read by the engine as a file. */
const INSERT = `INSERT INTO otel_traces (${ROW_COLUMNS}, KpSource)
  SELECT ${ROW_COLUMNS}, {source:String} FROM file({path:String}, 'Native')`;

/** Begins work that writes, once what was begun before it is done; resolves when it has begun. */
export type Enqueue = (work: () => Promise<void>) => Promise<void>;

const NOTHING_TAKEN: TakenBlock = { spans: 0, fromNs: 0n, toNs: 0n, left: 'all' };

/**
 * Writes blocks of spans to the store without making objects of them. Three blocks are under way: while the engine
 * writes one, the next is redacted and made into rows, and the one after that is scanned. Nothing is redacted before
 * `turn` is done, and nothing is taken when that is `false`. An insert that failed is told by the next one that is begun, or by
 * the end.
 */
export function spanBlocks(
  store: Store & Required<Pick<Store, 'asFile'>>,
  source: string,
  redactor: Redactor,
  enqueue: Enqueue,
): (scan: SpanScan, turn: Promise<unknown>) => Promise<TakenBlock> {
  const free: SpanColumns[] = [];
  const write = async (columns: SpanColumns, scan: SpanScan): Promise<TakenBlock> => {
    const rows = rowsOf(columns, scan, redactor);
    if (!rows) return NOTHING_TAKEN;
    // Written before its turn comes: then the engine can begin at once, however busy this thread is.
    const file = await store.asFile(rows);
    await enqueue(async () => {
      try {
        await store.command(INSERT, { path: file.path, source });
      } finally {
        await file.close();
      }
    });
    return { spans: columns.spans, ...startsOf(columns), left: scan.left };
  };
  return async (scan, turn) => {
    const columns = free.pop() ?? createSpanColumns();
    try {
      // In between, an insert that is done can be followed by the next one.
      while (scan.next(columns)) await setImmediate();
      return (await turn) === false ? NOTHING_TAKEN : await write(columns, scan);
    } finally {
      clearSpans(columns);
      free.push(columns);
    }
  };
}

function rowsOf(columns: SpanColumns, scan: SpanScan, redactor: Redactor): Uint8Array[] | undefined {
  if (columns.spans === 0) return undefined;
  try {
    return spanRows(columns, scan, redactor);
  } catch {
    // What cannot be read, the ordinary way will tell of.
    return undefined;
  }
}

function startsOf(columns: SpanColumns): { fromNs: bigint; toNs: bigint } {
  const { first, last } = firstAndLast(columns);
  return { fromNs: startOf(columns, first), toNs: startOf(columns, last) };
}

const startOf = ({ start }: SpanColumns, span: number): bigint =>
  (BigInt(start[span * 2 + 1] ?? 0) << 32n) | BigInt(start[span * 2] ?? 0);

function firstAndLast({ start, spans }: SpanColumns): { first: number; last: number } {
  let first = 0;
  let last = 0;
  for (let i = 1; i < spans; i++) {
    if (isBefore(start, i, first)) first = i;
    else if (isBefore(start, last, i)) last = i;
  }
  return { first, last };
}

function isBefore(start: Uint32Array, a: number, b: number): boolean {
  const upper = (start[a * 2 + 1] as number) - (start[b * 2 + 1] as number);
  return upper === 0 ? (start[a * 2] as number) < (start[b * 2] as number) : upper < 0;
}
