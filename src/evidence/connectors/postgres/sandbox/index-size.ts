const PAGE_BYTES = 8192;
const PAGE_HEADER = 24;
const BTREE_SPECIAL = 16;
const BTREE_FILL = 0.9;
const TUPLE_HEADER = 8;
const LINE_POINTER = 4;
const ROW_POINTER = 6;
/** CREATE INDEX packs equal keys into lists of row pointers of at most a tenth of a page (`nbtsort.c`). */
const LONGEST_LIST = PAGE_BYTES / 10;
/** Bytes of a row pointer in the packed lists of GIN: differences of neighbours, mostly one or two bytes. */
const GIN_POINTER = 2;

/** One column of an index, as the statistics know it. */
export interface IndexColumn {
  /** Mean bytes of a value that is there. */
  width: number;
  /** Bytes it is aligned to: 1, 2, 4 or 8. */
  alignment: number;
  /** Distinct values. */
  distinct: number;
  key: boolean;
  /** False for types whose equal values may differ (numeric, float, jsonb), which are never packed. */
  packs: boolean;
  /** Elements that GIN takes out of a value: words, trigrams, array members. */
  elements?: number;
}

export interface IndexShape {
  method: string;
  unique: boolean;
  /** Rows in the index: of a partial one those that meet its condition. */
  rows: number;
  columns: readonly IndexColumn[];
  pagesPerRange?: number;
  tablePages: number;
}

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** @returns pages of an index just built by CREATE INDEX, and levels above the leaves of a B-tree. */
export function estimateIndex(shape: IndexShape): { pages: number; height: number } {
  if (shape.method === 'brin') {
    const ranges = Math.ceil(shape.tablePages / (shape.pagesPerRange ?? 128));
    const summary = shape.columns.reduce((sum, c) => sum + 2 * align(c.width, c.alignment), 24);
    return { pages: 2 + Math.ceil((ranges * summary) / PAGE_BYTES), height: 0 };
  }
  if (shape.method === 'gin') {
    const pointers = shape.columns.reduce((sum, c) => sum + (c.elements ?? 1) * shape.rows, 0);
    return { pages: 2 + Math.ceil((pointers * GIN_POINTER) / (PAGE_BYTES * BTREE_FILL)), height: 0 };
  }
  const tuple = tupleBytes(shape.columns);
  const distinct = Math.min(
    shape.rows,
    shape.columns.filter((c) => c.key).reduce((product, c) => product * Math.max(1, c.distinct), 1),
  );
  const packs = !shape.unique && shape.columns.every((c) => c.key && c.packs);
  const bytes = packs ? packedBytes(shape.rows, distinct, tuple) : shape.rows * (tuple + LINE_POINTER);
  const room = (PAGE_BYTES - PAGE_HEADER - BTREE_SPECIAL) * BTREE_FILL;
  const branch = tupleBytes(shape.columns.filter((c) => c.key)) + LINE_POINTER;
  const fanOut = Math.max(2, Math.floor(room / branch));
  let level = Math.max(1, Math.ceil(bytes / room));
  let pages = level + 1;
  let height = 0;
  while (level > 1) {
    level = Math.ceil(level / fanOut);
    pages += level;
    height++;
  }
  return { pages, height };
}

function tupleBytes(columns: readonly IndexColumn[]): number {
  const data = columns.reduce((at, c) => align(at, c.alignment) + c.width, 0);
  return align(TUPLE_HEADER + data, 8);
}

/** Rows of one value share a key; lists that grow too long are cut. */
function packedBytes(rows: number, distinct: number, tuple: number): number {
  const each = rows / Math.max(1, distinct);
  if (each < 1.5) return rows * (tuple + LINE_POINTER);
  const longest = Math.max(2, Math.floor((LONGEST_LIST - tuple) / ROW_POINTER));
  const lists = Math.ceil(each / longest);
  return distinct * (lists * (tuple + LINE_POINTER) + align(each * ROW_POINTER, 8));
}
