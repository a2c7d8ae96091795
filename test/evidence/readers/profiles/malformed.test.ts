import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedProfile } from '../../../../src/evidence/read-profile.js';
import { fixture, madePprof, readContent } from './made.js';

const unpacked = (path: string): Buffer => {
  const bytes = readFileSync(fixture(path));
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
};
const FILES = ['node/parse-orders.cpuprofile', 'node/keep.heapprofile', 'go/cpu.pprof', 'jvm/locks.jfr.gz'];

/** Resolves to true when it was read, to the error's parts when it was refused; anything else fails the test. */
async function outcome(content: Uint8Array | string): Promise<true | MalformedProfile> {
  try {
    await readContent(content);
    return true;
  } catch (error) {
    if (error instanceof MalformedProfile) return error;
    throw error;
  }
}

describe('a profile that was cut off', () => {
  it.each(FILES)('%s is refused with a place and what to do', async (path) => {
    const bytes = unpacked(path);
    for (const part of [0.3, 0.7, 0.98]) {
      const error = await outcome(bytes.subarray(0, Math.floor(bytes.length * part)));
      expect(error, `cut at ${part}`).toBeInstanceOf(MalformedProfile);
      if (error !== true) {
        expect(error.at).not.toBe('');
        expect(error.todo).not.toBe('');
      }
    }
  });

  it('in gzip says so', async () => {
    const packed = readFileSync(fixture('go/cpu.pprof'));
    const error = await outcome(packed.subarray(0, packed.length - 200));
    expect(error).toBeInstanceOf(MalformedProfile);
  });
});

describe('a profile with bytes changed', () => {
  it.each(FILES)('%s is read or refused, and never anything else', async (path) => {
    const bytes = unpacked(path);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        async (changes) => {
          const copy = Buffer.from(bytes);
          for (const [at, value] of changes) copy[at] = value;
          await outcome(copy);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});

describe('content that is no profile', () => {
  it.each([
    ['nothing', ''],
    ['prose', 'This is a text about profiles.\nIt has two lines.\n'],
    ['a JSON object', '{"hello": "world"}'],
    ['a JSON list of numbers', '[1,2,3]'],
    ['binary noise', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919) % 251))],
  ])('%s is refused', async (_, content) => {
    expect(await outcome(content)).toBeInstanceOf(MalformedProfile);
  });

  it('samples that do not fit their types are refused', async () => {
    expect(
      await outcome(
        madePprof([
          [1, 10],
          [2, 20, 30],
        ]),
      ),
    ).toBeInstanceOf(MalformedProfile);
  });

  it('a speedscope file whose frames are missing is refused', async () => {
    const file = {
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      shared: { frames: [] },
      profiles: [{ type: 'sampled', name: 'x', unit: 'none', samples: [[3]], weights: [1] }],
    };
    const error = await outcome(JSON.stringify(file));
    expect(error === true ? '' : error.what).toContain('Frame 3');
  });

  it('collapsed stacks with text between them are refused once there is too much of it', async () => {
    const error = await outcome(`a;b 1\nc;d 2\n${'not a stack at all;\n'.repeat(60)}`);
    expect(error).toBeInstanceOf(MalformedProfile);
  });
});
