import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsOf } from '../../src/server/otlp/segments.js';

export interface Stored {
  /** Numbers of the requests whose traces are in the segments. */
  requests: Set<number>;
  /** How many requests are there twice. */
  twice: number;
}

/** Reads back what lies in the segments of traces, by the ids themselves: each request's first trace id carries its number. */
export async function storedRequests(folder: string): Promise<Stored> {
  const out: Stored = { requests: new Set(), twice: 0 };
  for (const segment of await segmentsOf(folder)) {
    const bytes = readFileSync(join(folder, segment.name));
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) throw new Error(`${segment.name} ends within a request`);
      const n = firstTrace(bytes.subarray(at + 4, end));
      if (out.requests.has(n)) out.twice++;
      out.requests.add(n);
      at = end;
    }
  }
  return out;
}

/** The stamp of the first trace id: field 1 with 16 bytes, then field 2 with 8. */
function firstTrace(request: Buffer): number {
  for (let at = request.indexOf(0x0a); at >= 0; at = request.indexOf(0x0a, at + 1))
    if (request[at + 1] === 16 && request[at + 18] === 0x12 && request[at + 19] === 8)
      return request.readUIntBE(at + 2, 6);
  throw new Error('a request without a trace');
}
