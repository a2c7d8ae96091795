import type { Redactor } from '../redact/index.js';
import type { Store } from '../store/index.js';
import { clearSpans, createSpanColumns, type SpanColumns } from './span-columns.js';
import { lineScanner } from './span-lines.js';
import { ROW_COLUMNS, spanRows } from './span-rows.js';
import type { TakenBlock } from './taken-block.js';

/** Many lines of OTLP JSON as they stand in a file. */
export interface SpanLines {
  lines: readonly Uint8Array[];
  /** Number of the first line. */
  firstLine: number;
}

/** What `spanRows` makes is read by the engine as a file. */
const INSERT = `INSERT INTO otel_traces (${ROW_COLUMNS}, KpSource)
  SELECT ${ROW_COLUMNS}, {source:String} FROM file({path:String}, 'Native')`;

/**
 * Writes lines of spans to the store without making objects of them. While the engine writes one block, the next one is
 * scanned. Nothing is redacted or written before `turn` is done.
 */
export function spanLineBlocks(
  store: Store & Required<Pick<Store, 'withFile'>>,
  source: string,
  redactor: Redactor,
): (block: SpanLines, turn: Promise<unknown>) => Promise<TakenBlock> {
  const scan = lineScanner();
  const free: SpanColumns[] = [];
  const write = async (
    columns: SpanColumns,
    firstLine: number,
  ): Promise<Omit<TakenBlock, 'left'> | undefined> => {
    let rows: Uint8Array[];
    try {
      rows = spanRows(columns, firstLine, redactor);
    } catch {
      // What cannot be read, the ordinary way will tell of.
      return undefined;
    }
    await store.withFile(rows, (path) => store.command(INSERT, { path, source }));
    return { spans: columns.spans, ...startsOf(columns) };
  };
  return async ({ lines, firstLine }, turn) => {
    const columns = free.pop() ?? createSpanColumns();
    const left = scan(lines, columns);
    await turn;
    const taken = columns.spans > 0 ? await write(columns, firstLine) : undefined;
    clearSpans(columns);
    free.push(columns);
    return taken ? { ...taken, left } : { spans: 0, fromNs: 0n, toNs: 0n, left: 'all' };
  };
}

function startsOf({ start, spans }: SpanColumns): { fromNs: bigint; toNs: bigint } {
  let first = 0;
  let last = 0;
  const isBefore = (a: number, b: number): boolean => {
    const upper = (start[a * 2 + 1] as number) - (start[b * 2 + 1] as number);
    return upper === 0 ? (start[a * 2] as number) < (start[b * 2] as number) : upper < 0;
  };
  for (let i = 1; i < spans; i++) {
    if (isBefore(i, first)) first = i;
    else if (isBefore(last, i)) last = i;
  }
  const at = (i: number): bigint => (BigInt(start[i * 2 + 1] ?? 0) << 32n) | BigInt(start[i * 2] ?? 0);
  return { fromNs: at(first), toNs: at(last) };
}
