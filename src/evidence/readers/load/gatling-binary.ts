import type { Sample } from '../sample.js';
import { GATLING_LOOP } from './caveats.js';
import { bytesOf, LoadFault, type LoadReader } from './reader.js';
import { gatherRequests } from './requests.js';

/** First byte of each record. */
const RECORD = { run: 0, request: 1, user: 2, group: 3, error: 4 } as const;

/**
 * simulation.log of Gatling since 3.12: binary, big-endian. Strings have a length, bytes and a byte for their coding; strings
 * that come again are numbered, and referred to by the negative number.
 */
export const gatlingBinary: LoadReader = {
  id: 'gatling-binary',
  title: 'Gatling simulation.log, binary',
  looksFor: 'a binary simulation.log of Gatling',
  recognise(sample: Sample) {
    const b = Buffer.from(sample.bytes.buffer, sample.bytes.byteOffset, sample.bytes.byteLength);
    if (b.length < 12 || b[0] !== RECORD.run) return undefined;
    const length = b.readInt32BE(1);
    if (length < 3 || length > 40 || b.length < 5 + length) return undefined;
    const version = b.toString('latin1', 5, 5 + length);
    return /^\d+\.\d+\.\d+/.test(version)
      ? { confidence: 1, by: `a run record of Gatling ${version}` }
      : undefined;
  },
  async read(input) {
    const take = takerOf(await bytesOf(input), input.name);
    if (take.byte() !== RECORD.run) throw take.fault('The file does not begin with a run');
    take.text();
    take.text();
    const startedAtMs = take.long();
    take.text();
    for (let n = take.count(); n > 0; n--) take.text();
    for (let n = take.count(); n > 0; n--) take.skip(take.count());
    const requests = gatherRequests();
    while (!take.atEnd()) {
      const kind = take.byte();
      if (kind === RECORD.request) {
        const groups = take.cachedList();
        const name = take.cached();
        const [from, to] = [take.int(), take.int()];
        const failed = take.byte() === 0;
        take.cached();
        if (to < from) throw take.fault('A request ends before it starts');
        requests.add({
          name: [...groups, name].join(' / '),
          startMs: startedAtMs + from,
          durationMs: to - from,
          failed,
        });
      } else if (kind === RECORD.user) take.skip(4 + 1 + 4);
      else if (kind === RECORD.group) {
        take.cachedList();
        take.skip(4 + 4 + 4 + 1);
      } else if (kind === RECORD.error) {
        take.cached();
        take.skip(4);
      } else throw take.fault(`There is no record of kind ${kind}`);
    }
    if (requests.count() === 0)
      throw new LoadFault(
        'There is no request in it',
        input.name,
        'Give the log of a run that made requests.',
      );
    return {
      tool: 'gatling',
      format: 'Gatling simulation.log, binary',
      loop: 'unknown',
      omissionSafe: 'unknown',
      lowerBound: false,
      ...requests.result(),
      caveats: [GATLING_LOOP],
    };
  },
};

/** Takes values off a buffer from the front; a value beyond the end is a fault that names the byte. */
function takerOf(b: Buffer, name: string) {
  let at = 0;
  const cache = new Map<number, string>();
  const fault = (what: string): LoadFault =>
    new LoadFault(what, `${name}, byte ${at}`, 'Copy the log again after Gatling has ended.');
  const need = (n: number): number => {
    if (n < 0 || at + n > b.length) throw fault('The log is cut off or damaged');
    at += n;
    return at - n;
  };
  const int = (): number => b.readInt32BE(need(4));
  const byte = (): number => b.readUInt8(need(1));
  const text = (): string => {
    const length = int();
    if (length === 0) return '';
    const start = need(length);
    return b.toString(byte() === 0 ? 'latin1' : 'utf16le', start, start + length);
  };
  const cached = (): string => {
    const index = int();
    if (index > 0) {
      const value = text();
      cache.set(index, value);
      return value;
    }
    const known = cache.get(-index);
    if (known === undefined) throw fault('A string is referred to that was not there before');
    return known;
  };
  const count = (): number => {
    const n = int();
    if (n < 0 || n > b.length) throw fault('A count is damaged');
    return n;
  };
  return {
    fault,
    int,
    byte,
    text,
    cached,
    count,
    long: (): number => Number(b.readBigInt64BE(need(8))),
    cachedList: (): string[] => Array.from({ length: count() }, cached),
    skip: (n: number): void => void need(n),
    atEnd: (): boolean => at === b.length,
  };
}
