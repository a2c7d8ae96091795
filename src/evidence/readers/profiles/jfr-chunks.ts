import { jfrBytes } from './jfr-bytes.js';
import {
  isRecord,
  isReference,
  type JfrObject,
  type JfrValue,
  readClasses,
  readPools,
  readValue,
} from './jfr-types.js';
import { AGAIN, MalformedProfile } from './profile-reader.js';

export const JFR_MAGIC = 'FLR\0';
const HEADER_BYTES = 68;
/** A recording is written in chunks of some megabytes; one beyond this is damaged. */
const MAX_CHUNK_BYTES = 1024 * 1024 * 1024;

/** One event, its references resolved when asked for. */
export interface JfrEvent {
  name: string;
  fields: JfrObject;
  /** Follows references to constant pools; `undefined` when the entry is not there. */
  resolve(value: JfrValue): JfrValue;
  /** The member of a record, resolved. */
  member(value: JfrValue, ...path: string[]): JfrValue;
  nanoseconds(ticks: JfrValue): number;
}

export interface JfrChunk {
  startNs: bigint;
  durationNs: number;
}

/** Reads a recording chunk by chunk; memory grows with the largest chunk. Returns the chunks' times. */
export async function eachJfrEvent(
  source: AsyncIterable<Uint8Array>,
  wanted: ReadonlySet<string>,
  take: (event: JfrEvent) => void,
): Promise<JfrChunk[]> {
  const chunks: JfrChunk[] = [];
  let held: Buffer = Buffer.alloc(0);
  let base = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const join = (): void => {
    held = Buffer.concat([held, ...parts]);
    parts = [];
    size = held.length;
  };
  for await (const bytes of source) {
    parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    size += bytes.length;
    for (;;) {
      if (size < HEADER_BYTES) break;
      if (held.length < HEADER_BYTES) join();
      const chunkSize = chunkSizeOf(held, base);
      if (size < chunkSize) break;
      if (held.length < chunkSize) join();
      chunks.push(readChunk(held.subarray(0, chunkSize), base, wanted, take));
      held = held.subarray(chunkSize);
      base += chunkSize;
      size = held.length;
    }
  }
  if (size > 0)
    throw new MalformedProfile('The recording ends in the middle of a chunk', `byte ${base + size}`, AGAIN);
  return chunks;
}

function chunkSizeOf(head: Buffer, base: number): number {
  if (head.toString('latin1', 0, 4) !== JFR_MAGIC)
    throw new MalformedProfile('A chunk does not begin as Flight Recorder writes it', `byte ${base}`, AGAIN);
  const major = head.readUInt16BE(4);
  if (major !== 2)
    throw new MalformedProfile(
      `This is version ${major} of the format`,
      `byte ${base + 4}`,
      'Version 2 is read (JDK 11 and later, and 8u262). Convert older ones with JDK Mission Control.',
    );
  const size = Number(head.readBigInt64BE(8));
  if (size === 0)
    throw new MalformedProfile(
      'The recording was not finished: its chunk has no length',
      `byte ${base + 8}`,
      'Let the JVM end it: jcmd PID JFR.dump filename=out.jfr, or JFR.stop.',
    );
  if (size < HEADER_BYTES || size > MAX_CHUNK_BYTES)
    throw new MalformedProfile(`A chunk claims a length of ${size} bytes`, `byte ${base + 8}`, AGAIN);
  return size;
}

function readChunk(
  buffer: Buffer,
  base: number,
  wanted: ReadonlySet<string>,
  take: (event: JfrEvent) => void,
): JfrChunk {
  const poolsAt = Number(buffer.readBigInt64BE(16));
  const metadataAt = Number(buffer.readBigInt64BE(24));
  const startNs = buffer.readBigInt64BE(32);
  const durationNs = Number(buffer.readBigInt64BE(40));
  const ticksPerSecond = Number(buffer.readBigInt64BE(56));
  const compressed = (buffer.readInt32BE(64) & 1) === 1;
  const bytes = jfrBytes(buffer, base, compressed);
  if (metadataAt < HEADER_BYTES || metadataAt >= buffer.length || ticksPerSecond <= 0)
    throw bytes.wrong('The head of a chunk is damaged');
  bytes.position = metadataAt;
  const classes = readClasses(bytes);
  const pools = readPools(bytes, classes, poolsAt);
  const resolve = (value: JfrValue): JfrValue =>
    value !== undefined && isReference(value) ? pools.get(value.type)?.get(value.key) : value;
  const member = (value: JfrValue, ...path: string[]): JfrValue => {
    let at = resolve(value);
    for (const name of path) {
      if (at === undefined || !isRecord(at)) return undefined;
      at = resolve(at[name]);
    }
    return at;
  };
  const nanoseconds = (ticks: JfrValue): number =>
    typeof ticks === 'number' ? (ticks * 1e9) / ticksPerSecond : 0;
  bytes.position = HEADER_BYTES;
  while (bytes.position < buffer.length) {
    const start = bytes.position;
    const size = bytes.int();
    if (size <= 0 || start + size > buffer.length)
      throw bytes.wrong(`An event claims a length of ${size} bytes`);
    const type = bytes.long();
    const cls = type > 1 ? classes.get(type) : undefined;
    if (cls && wanted.has(cls.name)) {
      bytes.end = start + size;
      const fields = readValue(bytes, classes, type);
      bytes.end = buffer.length;
      if (fields !== undefined && isRecord(fields))
        take({ name: cls.name, fields, resolve, member, nanoseconds });
    }
    bytes.position = start + size;
  }
  return { startNs, durationNs };
}
