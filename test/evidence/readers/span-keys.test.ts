import { describe, expect, it } from 'vitest';
import { createKeys, takeKey } from '../../../src/evidence/readers/span-keys.js';
import { standsAt, textOfBytes } from '../../../src/evidence/readers/span-text.js';

const NAMES = ['name', 'kind'];
const OTHER = 2;
const NONE = 3;

/** The numbers of the keys of objects whose values are all one digit, and where the last object ends. */
function keysOf(objects: readonly string[]): { numbers: number[][]; failed: number } {
  const keys = createKeys(NAMES);
  let failed = 0;
  const numbers = objects.map((object) => {
    const text = textOfBytes(object.length + 64);
    text.bytes.fill('\n');
    text.bytes.write(object);
    const found: number[] = [];
    let before = NONE;
    for (let at = 0; text.bytes[at] !== 125; at++) {
      at = takeKey(keys, text, at, before);
      if (at < 0) {
        failed++;
        break;
      }
      before = keys.last;
      found.push(before);
    }
    return found;
  });
  return { numbers, failed };
}

describe('keys', () => {
  it('are known in any order, with blanks, and beside others', () => {
    expect(
      keysOf([
        '{"name":1,"kind":2}',
        '{"name":1,"kind":2}',
        '{"kind":1,"name":2}',
        `{ "name"\t: ${' '.repeat(70)}1, "kind":2}`,
        '{"name":1,"flags":3,"kinds":4,"kind":2}',
        '{"name":1,"kind":2}',
      ]),
    ).toEqual({
      numbers: [
        [0, 1],
        [0, 1],
        [1, 0],
        [0, 1],
        [0, OTHER, OTHER, 1],
        [0, 1],
      ],
      failed: 0,
    });
  });

  it('are none where something else stands, though it begins as what was met before', () => {
    for (const wrong of ['{"name";1}', '{"name:1}', '{name:1}', '{"na\\u006de":1}', '{1}'])
      expect(keysOf(['{"name":1}', wrong]).failed).toBe(1);
  });
});

describe('bytes', () => {
  it('are compared as they are, also where eight of them make no number', () => {
    const noNumber = [0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xff, 0xff];
    const text = textOfBytes(32);
    text.bytes.fill('\n');
    Buffer.from([...noNumber, ...noNumber, 1]).copy(text.bytes);
    const known = textOfBytes(17);
    Buffer.from([...noNumber, ...noNumber, 1]).copy(known.bytes);
    expect(standsAt(known, 0, 17, text, 0)).toBe(true);
    known.bytes[9] = 0xf1;
    expect(standsAt(known, 0, 17, text, 0)).toBe(false);
    expect(standsAt(known, 0, 8, text, 8)).toBe(true);
  });
});
