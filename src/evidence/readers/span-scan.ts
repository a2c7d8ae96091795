import type { SpanColumns } from './span-columns.js';

/** Lines or messages of spans, to be added to columns stretch by stretch. */
export interface SpanScan {
  /** Adds the spans of the next stretch; false when that was the last one. A stretch takes a few milliseconds. */
  next(columns: SpanColumns): boolean;
  /** Numbers of the lines or messages of which nothing was taken. */
  left: ReadonlySet<number>;
  /** What `KpLine` of their spans is: the number of the first line, from which the others count up, or that of each message. */
  places: number | readonly number[];
  read: ReadWord;
}

/** What the bytes of a word say, in the shape of OTLP JSON; no bytes stand for what is not there. Throws when it is none. */
export type ReadWord = (kind: keyof SpanColumns['words'], bytes: Buffer) => unknown;
