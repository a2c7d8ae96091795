import { asBuffer, byteSource } from './byte-source.js';
import { MAX_VALUE_BYTES } from './json-records.js';
import { type MessageBlock, type MessagePlace, messageBlocks, startOf } from './message-blocks.js';
import { type Signal, writeOtlp } from './otlp-map.js';
import { decodeGroup, type Framing, framingOf, signalOf } from './otlp-wire.js';
import type { EvidenceReader, ReaderInput } from './reader.js';
import { messageScan } from './span-messages.js';

const SIGNAL_WORDS: Readonly<Record<Signal, string>> = {
  resourceSpans: 'spans',
  resourceMetrics: 'metrics',
  resourceLogs: 'logs',
};
const FRAMING_WORDS: Readonly<Record<Framing, string>> = {
  single: 'one export request',
  delimited: 'export requests, each after its length as varint',
  sized: 'export requests, each after its length in four bytes',
};

const otlpProtobuf: EvidenceReader = {
  id: 'otlp-protobuf',
  title: 'OTLP protobuf',
  looksFor: 'OTLP export requests in protobuf, one or length-delimited',
  recognise(sample) {
    const found = recogniseWire(sample.bytes, sample.whole);
    if (!found) return undefined;
    return {
      confidence: 0.95,
      by: `protobuf fields of ${SIGNAL_WORDS[found.signal]}; ${FRAMING_WORDS[found.framing]}`,
    };
  },
  read,
};

function recogniseWire(bytes: Uint8Array, whole: boolean): { framing: Framing; signal: Signal } | undefined {
  const framing = framingOf(bytes, whole);
  if (!framing) return undefined;
  const signal = signalOf(bytes, framing);
  return signal ? { framing, signal } : undefined;
}

/** Bytes that are buffered until what is wanted of them is there. */
function byteQueue(chunks: AsyncIterable<Uint8Array>, start: number) {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let offset = start;
  const fill = async (size: number): Promise<boolean> => {
    if (held.length >= size) return true;
    const parts = [held];
    let length = held.length;
    while (length < size) {
      const next = await source.next();
      if (next.done) break;
      parts.push(asBuffer(next.value));
      length += next.value.length;
    }
    held = Buffer.concat(parts);
    return held.length >= size;
  };
  return {
    offset: () => offset,
    /** The next bytes without taking them; fewer at the end. */
    async peek(size: number): Promise<Buffer> {
      await fill(size);
      return held.subarray(0, size);
    },
    /** Takes bytes; `undefined` when the file ends before. */
    async take(size: number): Promise<Buffer | undefined> {
      if (!(await fill(size))) return undefined;
      const taken = held.subarray(0, size);
      held = held.subarray(size);
      offset += size;
      return taken;
    },
    async skip(size: number): Promise<boolean> {
      let left = size;
      while (left > 0) {
        const step = Math.min(left, 1 << 20);
        if (!(await this.take(step))) return false;
        left -= step;
      }
      return true;
    },
  };
}

type Queue = ReturnType<typeof byteQueue>;

/** One ResourceSpans, ResourceMetrics or ResourceLogs, and where it begins and ends in the file. */
interface Group {
  bytes: Buffer;
  from: number;
  to: number;
}

async function read(input: ReaderInput): Promise<void> {
  const { sample, sink } = input;
  const found = recogniseWire(sample.bytes, sample.whole);
  if (!found) return;
  const broken = (to: number): void => tellBroken(input, 'A message could not be decoded.', to);
  const write = async ({ bytes, from, to }: Group): Promise<boolean> => {
    try {
      writeOtlp(found.signal, decodeGroup(found.signal, bytes), from, sink);
    } catch {
      broken(to);
      return false;
    }
    await sink.drain();
    return true;
  };
  const { spans } = sink;
  const source = byteSource(input);
  if (!spans || found.signal !== 'resourceSpans' || sample.whole) {
    const groups = groupsOf(input, source.rest(), found.framing, startOf(found.framing));
    for await (const group of groups) if (!(await write(group))) return;
    return;
  }
  const handle = async (block: MessageBlock, turn: Promise<boolean>): Promise<boolean> => {
    const left = await spans(messageScan(block, isReadable), turn);
    if (!(await turn)) return false;
    for (const [i, origin] of block.origin.entries()) {
      if (left !== 'all' && !left.has(i)) continue;
      const group = { bytes: bytesOf(block, i), from: origin, to: block.start + (block.to[i] ?? 0) };
      if (!(await write(group))) return false;
    }
    block.release();
    return true;
  };
  // One block is taken apart while the one before it is written.
  let before: Promise<boolean> = Promise.resolve(true);
  let last: Promise<boolean> = Promise.resolve(true);
  for await (const block of messageBlocks(source, found.framing)) {
    if ('rest' in block) {
      if (!(await last)) return;
      const groups = groupsOf(input, block.rest, found.framing, block.place);
      for await (const group of groups) if (!(await write(group))) return;
      return;
    }
    if (!(await before)) break;
    before = last;
    last = handle(block, before);
    last.catch(() => {});
  }
  await last;
}

/** Copied: memory that other threads can look at is not taken everywhere. */
const bytesOf = ({ text, from, to }: MessageBlock, i: number): Buffer =>
  Buffer.from(text.bytes.subarray(from[i], to[i]));

function isReadable(block: MessageBlock, i: number): boolean {
  try {
    decodeGroup('resourceSpans', bytesOf(block, i));
    return true;
  } catch {
    return false;
  }
}

function tellBroken(
  { name, problem }: Pick<ReaderInput, 'name' | 'problem'>,
  what: string,
  at: number,
): void {
  problem({
    severity: 'warning',
    what,
    where: `${name}, byte ${at}`,
    todo: 'What came before was kept. Export the file again for the rest.',
  });
}

async function* groupsOf(
  input: ReaderInput,
  bytes: AsyncIterable<Uint8Array>,
  framing: Framing,
  place: MessagePlace,
): AsyncGenerator<Group> {
  const queue = byteQueue(bytes, place.offset);
  const broken = (what: string): void => tellBroken(input, what, queue.offset());
  let end = place.requestEnd;
  for (;;) {
    if (queue.offset() >= end) {
      const length = await lengthPrefix(queue, framing);
      if (length === 'end') return;
      if (length === 'cut') return broken('The file ends inside the length of a message.');
      end = queue.offset() + length;
    }
    while (queue.offset() < end) {
      const from = queue.offset();
      const field = await tagAndLength(queue);
      if (field === 'end') {
        if (end !== Number.POSITIVE_INFINITY && from < end) broken('The file ends inside a message.');
        return;
      }
      if (field === 'bad') return broken('This is no OTLP message.');
      if (field.length > MAX_VALUE_BYTES) {
        input.problem({
          severity: 'error',
          what: `One group has ${field.length} bytes; at most ${MAX_VALUE_BYTES} are taken into memory. It was left out.`,
          where: `${input.name}, byte ${from}`,
          todo: 'Export in smaller batches.',
        });
        if (!(await queue.skip(field.length))) return broken('The file ends inside a message.');
        continue;
      }
      const bytes = await queue.take(field.length);
      if (!bytes) return broken('The file ends inside a message.');
      if (field.number === 1) yield { bytes, from, to: queue.offset() };
    }
  }
}

async function lengthPrefix(queue: Queue, framing: Framing): Promise<number | 'end' | 'cut'> {
  const head = await queue.peek(10);
  if (head.length === 0) return 'end';
  if (framing === 'sized') {
    if (head.length < 4) return 'cut';
    await queue.take(4);
    return head.readUInt32BE(0);
  }
  const found = varint(head, 0);
  if (!found) return 'cut';
  await queue.take(found.size);
  return found.value;
}

async function tagAndLength(queue: Queue): Promise<{ number: number; length: number } | 'end' | 'bad'> {
  const head = await queue.peek(12);
  if (head.length === 0) return 'end';
  const tag = varint(head, 0);
  if (!tag || (tag.value & 7) !== 2) return 'bad';
  const length = varint(head, tag.size);
  if (!length) return 'bad';
  await queue.take(tag.size + length.size);
  return { number: tag.value >>> 3, length: length.value };
}

function varint(bytes: Buffer, at: number): { value: number; size: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, size: i + 1 };
  }
  return undefined;
}

export default otlpProtobuf;
