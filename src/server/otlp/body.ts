import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Place } from './admission.js';

/** Why a request is refused: the status of HTTP, the code of gRPC (google.rpc.Code), and words for the sender. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly words: string,
  ) {
    super(words);
  }
}

const unpack = promisify(gunzip);
/** What the last four bytes of gzip say is the size modulo 2^32; less than this is not worth trusting. */
const LEAST_ROOM = 64 * 1024;

/**
 * The body of a request, unpacked. Throws `Refused`: 413 beyond `most` bytes packed or unpacked, 429 when there is no
 * room, 400 when the packing is damaged.
 */
export async function bodyOf(request: IncomingMessage, place: Place, most: number): Promise<Buffer> {
  const said = Number(request.headers['content-length'] ?? Number.NaN);
  if (said > most) throw tooLarge(most);
  const packed = await bytesOf(request, place, most);
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return packed;
  if (encoding !== 'gzip') throw new Refused(415, 'Content-Encoding must be gzip or none.');
  return unpacked(packed, place, most);
}

/** What a gzip holds. Throws `Refused` as `bodyOf` does. */
export async function unpacked(packed: Buffer, place: Place, most: number): Promise<Buffer> {
  const size = packed.length >= 18 ? packed.readUInt32LE(packed.length - 4) : 0;
  if (size > most) throw tooLarge(most);
  return unpackInto(packed, Math.max(size, LEAST_ROOM), place, most);
}

export const tooLarge = (most: number): Refused =>
  new Refused(413, `The request has more than ${most} bytes unpacked. Send smaller batches.`);

/** Unpacks into as much room as the archive says; one of several members says only its last, and gets all there is. */
async function unpackInto(packed: Buffer, room: number, place: Place, most: number): Promise<Buffer> {
  if (!place.grow(room)) throw new Refused(429, 'There is no room for this request now.');
  try {
    return await unpack(packed, { maxOutputLength: room, chunkSize: Math.max(room, 1024) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
      throw new Refused(400, 'The gzip of the request is damaged.');
    if (room >= most) throw tooLarge(most);
    return unpackInto(packed, most, place, most);
  }
}

/**
 * All that a request sends, as it comes. By events: leaving a loop over the request would close its connection before
 * the answer is on it.
 */
export function bytesOf(request: Readable, place: Place, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (why: Refused): void => {
      request.removeAllListeners('data');
      request.resume();
      reject(why);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > most) refuse(tooLarge(most));
      else if (!place.grow(chunk.length)) refuse(new Refused(429, 'There is no room for this request now.'));
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('close', () => reject(new Refused(400, 'The request ended before its body.')));
  });
}
