import { type ByteSource, byteSource } from './byte-source.js';
import { type JsonRecord, jsonRecords, lineReader, lookAtLines } from './json-records.js';
import { type LineBlock, lineBlocks, newlinesIn } from './line-blocks.js';
import { SIGNALS, type Signal, writeOtlp } from './otlp-map.js';
import type { EvidenceReader, ReaderInput } from './reader.js';
import { arrayOf, isObject, type JsonObject, leadingObjects, type Sample } from './sample.js';
import type { Sink } from './sink.js';
import { lineScan } from './span-lines.js';

const SCOPES: Readonly<Record<Signal, readonly string[]>> = {
  resourceSpans: ['scopeSpans', 'instrumentationLibrarySpans'],
  resourceMetrics: ['scopeMetrics', 'instrumentationLibraryMetrics'],
  resourceLogs: ['scopeLogs', 'instrumentationLibraryLogs'],
};

/** Paths at which the lists of an export request stand; Jaeger's API v3 wraps them in `result`. */
const ARRAYS = SIGNALS.flatMap((s) => [s, `result.${s}`]);

const unwrapped = (value: JsonObject): JsonObject => (isObject(value.result) ? value.result : value);

function signalOf(sample: Sample): { signal: Signal; scoped: boolean } | undefined {
  for (const value of leadingObjects(sample).map(unwrapped)) {
    const signal = SIGNALS.find((s) => Array.isArray(value[s]));
    if (!signal) continue;
    const first = arrayOf(value[signal])[0];
    return { signal, scoped: isObject(first) && SCOPES[signal].some((s) => Array.isArray(first[s])) };
  }
  return undefined;
}

const otlpJson: EvidenceReader = {
  id: 'otlp-json',
  title: 'OTLP JSON',
  looksFor: 'objects with resourceSpans, resourceMetrics or resourceLogs (OpenTelemetry export requests)',
  recognise(sample) {
    const found = signalOf(sample);
    if (!found) return undefined;
    return {
      confidence: found.scoped ? 1 : 0.9,
      by: `a list named ${found.signal}${found.scoped ? ' whose elements have scopes' : ''}`,
    };
  },
  read,
};

async function read(input: ReaderInput): Promise<void> {
  const { sink } = input;
  const spansAlone = signalOf(input.sample)?.signal === 'resourceSpans' && !input.sample.whole;
  if (sink.spans && spansAlone) {
    const { isLines, bytes, taken } = await lookAtLines(input.bytes);
    if (isLines) return readBlocks(input, byteSource(input, taken), sink.spans);
    return readRecords(jsonRecords({ ...input, bytes }, ARRAYS), sink);
  }
  return readRecords(jsonRecords(input, ARRAYS), sink);
}

/** Spans in lines, many at a time; lines that are no plain spans one by one, as of any other file. */
async function readBlocks(
  input: ReaderInput,
  source: ByteSource,
  take: NonNullable<Sink['spans']>,
): Promise<void> {
  const reader = lineReader(input);
  const handle = async (block: LineBlock, firstLine: number, turn: Promise<void>): Promise<void> => {
    const left = await take(lineScan({ ...block, firstLine }), turn);
    const lines = [block.text.bytes.subarray(0, block.size)];
    if (left === 'all') await readRecords(reader.records(lines, firstLine), input.sink);
    else if (left.size > 0)
      await readRecords(
        reader.records(lines, firstLine, (index) => left.has(index)),
        input.sink,
      );
    block.release();
  };
  let line = 1;
  // One block is read and one taken apart while the one before them is written.
  let before: Promise<void> = Promise.resolve();
  let last: Promise<void> = Promise.resolve();
  for await (const block of lineBlocks(source)) {
    if ('rest' in block) {
      await last;
      await readRecords(reader.records(block.rest, line), input.sink);
      break;
    }
    await before;
    before = last;
    last = handle(block, line, before);
    last.catch(() => {});
    line += newlinesIn(block);
  }
  await last;
  reader.finish();
}

async function readRecords(records: AsyncIterable<JsonRecord>, sink: Sink): Promise<void> {
  for await (const { value, line, path } of records) {
    const signal = SIGNALS.find((s) => path === s || path === `result.${s}`);
    if (signal) writeOtlp(signal, value, line, sink);
    else if (isObject(value)) {
      const request = unwrapped(value);
      for (const s of SIGNALS) for (const element of arrayOf(request[s])) writeOtlp(s, element, line, sink);
    }
    await sink.drain();
  }
}

export default otlpJson;
