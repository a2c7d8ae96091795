import { type Fact, name, num, type Subject, say, subject, type Text } from '../../domain/index.js';
import { saltedShare, saltsFor, skewOf } from '../../models/skew.js';

/** What each part of something divided took: partitions, shards, servers. */
export interface Divided {
  /** What is divided: a table, a cluster. */
  whole: string;
  parts: readonly { name: string; count: number }[];
  /** "writes", "requests". */
  what: string;
  /** "partitions", "shards". */
  divisions: string;
  figure(key: string, about: Subject, value: number, unit: 'ratio' | 'count' | 'factor'): Fact;
}

const LEAST_PARTS = 3;
const HOT_SHARE = 0.5;
/** Of a few parts one may take half by chance of the keys: it must also be this many even shares. */
const OF_EVEN = 2.5;
/** Of many parts none takes half, and one that takes this many even shares still caps the whole at a fraction. */
const FAR_BEYOND_EVEN = 5;
/** After salting, the hottest should take no more than this many even shares. */
const EVEN_ENOUGH = 2;

/**
 * One part that takes most: its share, the ceiling it sets for all together, and how many keys would have to stand for its
 * hottest to bring it near an even share. Undefined where the parts are even enough, or too few.
 */
export function skewTold({
  whole,
  parts,
  what,
  divisions,
  figure,
}: Divided): { reason: Text; remedy: Text } | undefined {
  const skew = skewOf(parts.map((p) => p.count));
  const hottest = [...parts].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))[0];
  if (!skew || !hottest || parts.length < LEAST_PARTS) return undefined;
  const times = skew.hottestShare / skew.evenShare;
  if (times < OF_EVEN || (skew.hottestShare < HOT_SHARE && times < FAR_BEYOND_EVEN)) return undefined;
  const about = subject('database', whole);
  const of = (key: string, value: number, unit: 'ratio' | 'count' | 'factor') =>
    num(figure(key, about, value, unit));
  // What the hottest takes beyond an even part of the rest is taken for one key.
  const n = parts.length;
  const key = (skew.hottestShare - skew.evenShare) / (1 - skew.evenShare);
  const salts = saltsFor(key, n, skew.evenShare * EVEN_ENOUGH);
  return {
    reason: say`${name(hottest.name)} takes ${of('hottest-share', skew.hottestShare, 'ratio')} of the ${what} to the ${of('partitions', n, 'count')} ${divisions} of ${name(whole)}, where an even share is ${of('even-share', skew.evenShare, 'ratio')}. Were each a server of its own, all together could do ${of('ceiling', skew.ceilingParts, 'factor')} what one can, however many there are.`,
    remedy: salts
      ? say`If one key brings this about (look: the most frequent keys of ${name(hottest.name)}), write it under ${of('salts', salts, 'count')} keys, by a suffix from a hash of the row’s own id: the hottest part then takes about ${of('salted-share', saltedShare(key, n, salts), 'ratio')}. Reads of that key ask all of them. More ${divisions} do not help.`
      : say`Look for the most frequent keys of ${name(hottest.name)}: more ${divisions} do not help while one key takes most.`,
  };
}
