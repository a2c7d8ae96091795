import type { Redactor } from '../redact/index.js';
import type { Store } from '../store/index.js';
import { clearSpans, createSpanColumns, type SpanColumns } from './span-columns.js';
import { scanLines } from './span-lines.js';
import { ROW_COLUMNS, spanRows } from './span-rows.js';
import type { Text } from './span-text.js';
import type { TakenBlock } from './taken-block.js';

/** Many lines of OTLP JSON as they stand in a file. */
export interface SpanLines {
  /** More line feeds come after the first `size` bytes. */
  text: Text;
  size: number;
  /** Number of the first line. */
  firstLine: number;
}

/** What `spanRows` makes is read by the engine as a file. */
const INSERT = `INSERT INTO otel_traces (${ROW_COLUMNS}, KpSource)
  SELECT ${ROW_COLUMNS}, {source:String} FROM file({path:String}, 'Native')`;

/** Begins work that writes, once what was begun before it is done; resolves when it has begun. */
export type Enqueue = (work: () => Promise<void>) => Promise<void>;

const NOTHING_TAKEN: TakenBlock = { spans: 0, fromNs: 0n, toNs: 0n, left: 'all' };

/**
 * Writes lines of spans to the store without making objects of them. Three blocks are under way: while the engine
 * writes one, the next is redacted and made into rows, and the one after that is scanned. Nothing is redacted before
 * `turn` is done. An insert that failed is told by the next one that is begun, or by the end.
 */
export function spanLineBlocks(
  store: Store & Required<Pick<Store, 'withFile'>>,
  source: string,
  redactor: Redactor,
  enqueue: Enqueue,
): (block: SpanLines, turn: Promise<unknown>) => Promise<TakenBlock> {
  const free: SpanColumns[] = [];
  const release = (columns: SpanColumns): void => {
    clearSpans(columns);
    free.push(columns);
  };
  const rowsOf = (columns: SpanColumns, firstLine: number): Uint8Array[] | undefined => {
    if (columns.spans === 0) return undefined;
    try {
      return spanRows(columns, firstLine, redactor);
    } catch {
      // What cannot be read, the ordinary way will tell of.
      return undefined;
    }
  };
  return async ({ text, size, firstLine }, turn) => {
    const columns = free.pop() ?? createSpanColumns();
    const left = scanLines(text, size, columns);
    await turn;
    const rows = rowsOf(columns, firstLine);
    if (!rows) {
      release(columns);
      return NOTHING_TAKEN;
    }
    const taken: TakenBlock = { spans: columns.spans, ...startsOf(columns), left };
    // The rows are parts of the columns: these are free again when the engine has read them.
    await enqueue(async () => {
      try {
        await store.withFile(rows, (path) => store.command(INSERT, { path, source }));
      } finally {
        release(columns);
      }
    });
    return taken;
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
