import { type BlockMemory, newMemory, readInto } from './block-memory.js';
import { type ByteSource, continued } from './byte-source.js';
import type { Framing } from './otlp-wire.js';
import { contentOf, varintAt } from './protobuf-bytes.js';
import type { Text } from './span-text.js';

/** So much is read at a time: a longer message is left to another way. */
const READ_BYTES = 64 * 1024 * 1024;
/** About as much is handed on at a time: as many spans as a block of lines has. */
const BLOCK_BYTES = 32 * 1024 * 1024;
/** The first block is smaller, and each twice the one before: the engine begins soon to write. */
const FIRST_BYTES = 4 * 1024 * 1024;
/** The longest tag and length together, and the longest length before a request. */
const HEAD_BYTES = 12;
const PREFIX_BYTES = 10;
/** Field 1 of an export request, written after its length: one group of a resource. */
const GROUP = 0x0a;

/** Groups of a resource as they stand in `text`. */
export interface MessageBlock {
  text: Text;
  /** Where the text begins in the file. */
  start: number;
  /** By group: where its content begins and ends in `text`, and where it begins in the file with its tag. */
  from: number[];
  to: number[];
  origin: number[];
  /** To be called when nothing of it is used any more: another block takes its place. */
  release(): void;
}

/** Where a reading goes on: the offset within the file, and at which one the request that it is in ends. */
export interface MessagePlace {
  offset: number;
  requestEnd: number;
}

export const startOf = (framing: Framing): MessagePlace => ({
  offset: 0,
  requestEnd: framing === 'single' ? Number.POSITIVE_INFINITY : 0,
});

/**
 * Blocks of whole groups. The next ones are read while one is looked at. `rest` is all from the first thing on that is no
 * plain group, the end of the file too: it comes last.
 */
export async function* messageBlocks(
  source: ByteSource,
  framing: Framing,
  readBytes = READ_BYTES,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<MessageBlock | { rest: AsyncIterable<Uint8Array>; place: MessagePlace }> {
  const free: BlockMemory[] = [];
  const pace: Pace = { next: Math.min(FIRST_BYTES, blockBytes), most: blockBytes };
  let memory = newMemory(readBytes);
  let place = startOf(framing);
  let carried = 0;
  let reading = readInto(source, memory, 0, readBytes);
  try {
    for (;;) {
      const size = carried + (await reading);
      const { text } = memory;
      const walk: Walk = {
        memory,
        text,
        size,
        at: 0,
        start: place.offset,
        requestEnd: place.requestEnd,
        stop: 'full',
      };
      const blocks = blocksOf(walk, framing, pace, free);
      place = { offset: place.offset + walk.at, requestEnd: walk.requestEnd };
      if (size < readBytes || walk.stop === 'other' || walk.at === 0) {
        yield* blocks;
        yield { rest: continued(text.bytes.subarray(walk.at, size), source.rest()), place };
        return;
      }
      const next = free.pop() ?? newMemory(readBytes);
      await next.lookedAt;
      carried = size - walk.at;
      text.bytes.copy(next.text.bytes, 0, walk.at, size);
      reading = readInto(source, next, carried, readBytes);
      memory = next;
      yield* blocks;
    }
  } finally {
    await reading.catch(() => {});
  }
}

interface Walk {
  memory: BlockMemory;
  text: Text;
  size: number;
  at: number;
  /** Where the text begins in the file, and where the request at hand ends there. */
  start: number;
  requestEnd: number;
  /** Why it stopped: the block is full, the text is cut here, or what follows is no plain group. */
  stop: 'full' | 'cut' | 'other';
}

/** About how many bytes the next block has, and the most that one has. */
interface Pace {
  next: number;
  most: number;
}

/** All whole groups of a text, in blocks. When all of these are released, the memory is free. */
function blocksOf(walk: Walk, framing: Framing, pace: Pace, free: BlockMemory[]): MessageBlock[] {
  const { memory, text } = walk;
  const blocks: MessageBlock[] = [];
  let used = 0;
  const release = (): void => {
    if (--used === 0) free.push(memory);
  };
  do {
    const block: MessageBlock = { text, start: walk.start, from: [], to: [], origin: [], release };
    takeGroups(walk, framing, pace.next, block);
    pace.next = Math.min(pace.next * 2, pace.most);
    if (block.from.length > 0) blocks.push(block);
  } while (walk.stop === 'full');
  used = blocks.length;
  if (used === 0) free.push(memory);
  return blocks;
}

function takeGroups(walk: Walk, framing: Framing, blockBytes: number, block: MessageBlock): void {
  const { text, size, start } = walk;
  const { bytes } = text;
  const end = Math.min(size, walk.at + blockBytes);
  while (walk.at < end) {
    const { at } = walk;
    if (start + at >= walk.requestEnd) {
      const content = at + PREFIX_BYTES > size ? -1 : framing === 'sized' ? at + 4 : contentOf(bytes, at);
      if (content < 0) {
        walk.stop = at + PREFIX_BYTES > size ? 'cut' : 'other';
        return;
      }
      walk.requestEnd =
        start + content + (framing === 'sized' ? bytes.readUInt32BE(at) : varintAt(bytes, at));
      walk.at = content;
      continue;
    }
    if (at + HEAD_BYTES > size) {
      walk.stop = 'cut';
      return;
    }
    const content = bytes[at] === GROUP ? contentOf(bytes, at + 1) : -1;
    if (content < 0) {
      walk.stop = 'other';
      return;
    }
    const to = content + varintAt(bytes, at + 1);
    if (to > size) {
      walk.stop = 'cut';
      return;
    }
    block.from.push(content);
    block.to.push(to);
    block.origin.push(start + at);
    walk.at = to;
  }
  walk.stop = walk.at < size ? 'full' : 'cut';
}
