import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SIGNALS, type Signal } from './schema.js';

/** How requests stand in a segment: protobuf each after four bytes of length, JSON one a line. The Collector's file exporter does the same. */
export type Encoding = 'protobuf' | 'json';

/** One file of telemetry as it was received. */
export interface Segment {
  /** Name of the file. */
  name: string;
  signal: Signal;
  encoding: Encoding;
  /** When its first request was received, in ms since 1970. */
  fromMs: number;
  bytes: number;
}

/** While requests are added. */
const OPEN = '.open';
const ENDINGS: Readonly<Record<Encoding, string>> = { protobuf: 'otlp', json: 'jsonl' };
const NAME = new RegExp(
  `^(${SIGNALS.join('|')})-(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)\\.(\\d{3})Z-(\\d{6})\\.(otlp|jsonl)$`,
);

/** `traces-20261126T192000.123Z-000001.otlp`: names sort by signal and time. */
export function segmentName(signal: Signal, encoding: Encoding, ms: number, number: number): string {
  const at = new Date(ms).toISOString().replace(/[-:]/g, '');
  return `${signal}-${at}-${String(number % 1_000_000).padStart(6, '0')}.${ENDINGS[encoding]}`;
}

/** What a file's name says; `undefined` for files of others. */
function parsed(name: string): Omit<Segment, 'bytes'> | undefined {
  const m = NAME.exec(name);
  if (!m) return undefined;
  const [, signal, y, mo, d, h, mi, s, ms, , ending] = m;
  return {
    name,
    signal: signal as Signal,
    encoding: ending === 'jsonl' ? 'json' : 'protobuf',
    fromMs: Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`),
  };
}

/** Closed segments of a folder, the oldest first. */
export async function segmentsOf(folder: string): Promise<Segment[]> {
  const out: Segment[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const found = parsed(name);
    // A segment may be removed meanwhile, by age.
    const info = found && (await stat(join(folder, name)).catch(() => undefined));
    if (found && info) out.push({ ...found, bytes: info.size });
  }
  return out.sort((a, b) => a.fromMs - b.fromMs || (a.name < b.name ? -1 : 1));
}

export const openPath = (folder: string, name: string): string => join(folder, `${name}${OPEN}`);

/** Gives a segment its name for good, durably. */
export async function closeSegment(folder: string, name: string): Promise<void> {
  await rename(openPath(folder, name), join(folder, name));
  await syncFolder(folder);
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What was found in segments that a killed process had left open. */
export interface Recovered {
  segments: number;
  requests: number;
  /** Bytes after the last whole request: nobody was told that they were kept. */
  cutBytes: number;
}

/** Closes segments that were left open, each cut after its last whole request. */
export async function recover(folder: string): Promise<Recovered> {
  const out: Recovered = { segments: 0, requests: 0, cutBytes: 0 };
  for (const file of (await readdir(folder)).filter((f) => f.endsWith(OPEN)).sort()) {
    const name = file.slice(0, -OPEN.length);
    const found = parsed(name);
    if (!found) continue;
    if (found.signal === 'profiles') {
      // A whole one has its name: this one was not acknowledged.
      out.cutBytes += (await stat(join(folder, file))).size;
      await unlink(join(folder, file));
      continue;
    }
    const handle = await open(join(folder, file), 'r+');
    let kept = 0;
    try {
      const { size } = await handle.stat();
      const { end, requests } = await wholeRequests(handle, size, found.encoding);
      if (end < size) {
        await handle.truncate(end);
        await handle.sync();
      }
      kept = end;
      out.segments++;
      out.requests += requests;
      out.cutBytes += size - end;
    } finally {
      await handle.close();
    }
    // One without a whole request would be an empty file to every reader.
    if (kept > 0) await closeSegment(folder, name);
    else await unlink(join(folder, file));
  }
  return out;
}

type Handle = Awaited<ReturnType<typeof open>>;

/**
 * Where the last whole request ends. A length beyond the file, or of nothing, is where writing stopped: what was
 * acknowledged stands before it, since all before an acknowledgement was synced.
 */
async function wholeRequests(
  handle: Handle,
  size: number,
  encoding: Encoding,
): Promise<{ end: number; requests: number }> {
  return encoding === 'protobuf' ? wholeFrames(handle, size) : wholeLines(handle, size);
}

async function wholeFrames(handle: Handle, size: number): Promise<{ end: number; requests: number }> {
  const head = Buffer.alloc(4);
  let end = 0;
  let requests = 0;
  while (end + 4 <= size) {
    await handle.read(head, 0, 4, end);
    const next = end + 4 + head.readUInt32BE(0);
    if (next > size || next === end + 4) break;
    end = next;
    requests++;
  }
  return { end, requests };
}

const BLOCK = 1 << 20;

async function wholeLines(handle: Handle, size: number): Promise<{ end: number; requests: number }> {
  const block = Buffer.alloc(BLOCK);
  let end = 0;
  let requests = 0;
  for (let at = 0; at < size; ) {
    const { bytesRead } = await handle.read(block, 0, BLOCK, at);
    if (bytesRead === 0) break;
    const read = block.subarray(0, bytesRead);
    for (let i = read.indexOf(10); i >= 0; i = read.indexOf(10, i + 1)) {
      requests++;
      end = at + i + 1;
    }
    at += bytesRead;
  }
  return { end, requests };
}
