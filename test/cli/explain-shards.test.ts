import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shardsText } from '../../src/cli/explain-shards.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-shards-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const path = join(folder, 'carts.csv');
  writeFileSync(path, text);
  return path;
};

describe('shards', () => {
  it('one of which takes most are told with the ceiling it sets and the keys that would even it', () => {
    const text = shardsText(file('shard,writes\na,9100\nb,300\nc,300\nd,300\n'), false);
    expect(text).toMatch(/^a takes 91.% of the load to the 4 shards of carts, where an even share is 25.%/);
    expect(text).toMatch(/could do 1\.1× what one can/);
    expect(text).toMatch(/under \d+ keys/);
  });
  it('of which one of many takes several even shares are told too', () => {
    const many = Array.from({ length: 40 }, (_, i) => `s${i},${i === 7 ? 900 : 100}`).join('\n');
    expect(shardsText(file(many), false)).toMatch(/^s7 takes 18\.8.% of the load to the 40 shards/);
  });
  it('that are even are left in peace', () => {
    expect(shardsText(file('a 100\nb 120\nc 90\n'), false)).toBe('No shard of the 3 stands out.\n');
  });
  it.each([
    ['no number', 'a,100\nb,many\n', /line 2/],
    ['a negative one', 'a,100\nb,-3\n', /line 2/],
    ['one shard alone', 'a,100\n', /1 shards cannot be compared/],
    ['a shard twice', 'a,100\na,100\nb,3\n', /named twice/],
    ['nothing', '', /0 shards/],
  ])('with %s are refused with where', (_, text, said) => {
    expect(() => shardsText(file(text), false)).toThrow(said);
  });
  it('as a file that is not there is refused', () => {
    expect(() => shardsText(join(folder, 'none.csv'), false)).toThrow(/There is no file/);
  });
});
