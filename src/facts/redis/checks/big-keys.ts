import { bytesText, percent, type RedisCheck } from '../finding.js';

/** Beyond this a single value takes milliseconds to move and blocks when it is deleted. */
const BIG_BYTES = 1_000_000;

/** Values so large that one of them delays everybody. Seen in a random sample: rare ones can be missed. */
export const bigKeys: RedisCheck = ({ sampled, keys }) => {
  const big = sampled
    .filter((k) => k.bytes >= BIG_BYTES)
    .sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
  const [largest] = big;
  if (!largest) return [];
  const all = sampled.reduce((sum, k) => sum + k.bytes, 0);
  const own = big.reduce((sum, k) => sum + k.bytes, 0);
  return [
    {
      id: 'big-key',
      says: `${big.length} of ${sampled.length} sampled keys (of ${keys}) hold ${bytesText(BIG_BYTES)} or more, together ${percent(own / all)} of the sampled memory; the largest ${bytesText(largest.bytes)} (${largest.label}, like ${largest.shape}).`,
      todo: 'Split it by field or page, compress it, or keep it elsewhere; delete it with UNLINK.',
      numbers: { big: big.length, largestBytes: largest.bytes, shareOfBytes: own / all },
    },
  ];
};
