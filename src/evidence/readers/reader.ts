import type { Problem } from '../../domain/index.js';
import type { ReadInto } from './byte-source.js';
import type { Sample } from './sample.js';
import type { Sink } from './sink.js';

/** Why a file is taken for a format, and how surely (0..1). */
export interface Recognition {
  confidence: number;
  /** What in the content says so: "resourceSpans with scopeSpans in line 1". */
  by: string;
}

/** What a reader is given: the bytes of one file, unpacked, and where its rows go. */
export interface ReaderInput {
  sample: Sample;
  /** The unpacked bytes, once, from the start. */
  bytes: AsyncIterable<Uint8Array>;
  /** Reads what follows in `bytes` into memory of the reader. Absent where that needs a copy anyway. */
  readInto?: ReadInto | undefined;
  sink: Sink;
  /** Names the file in problems. */
  name: string;
  problem(problem: Omit<Problem, 'where'> & { where?: string }): void;
}

/** One evidence format. One file each, in this folder, as its default export. */
export interface EvidenceReader {
  id: string;
  /** The format's name in reports: "OTLP JSON". */
  title: string;
  /** What it looks for, for the message about a file that nothing recognised. */
  looksFor: string;
  /** Looks at the content alone; never at the file's name. */
  recognise(sample: Sample): Recognition | undefined;
  /** Absent: the format is known and named, but not read as evidence; `notRead` says why. */
  read?(input: ReaderInput): Promise<void>;
  notRead?: { why: string; todo: string };
}
