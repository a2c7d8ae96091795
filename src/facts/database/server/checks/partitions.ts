import { name, num, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { saltedShare, saltsFor, skewOf } from '../../../../models/skew.js';
import { number, type ServerCheck, text } from '../finding.js';

const LEAST_PARTITIONS = 3;
const LEAST_WRITES = 10_000;
const HOT_SHARE = 0.5;
const OF_EVEN = 2.5;
/** After salting, the hottest should take no more than this many even shares. */
const EVEN_ENOUGH = 2;

/** Partitions by hash or list, one of which takes most of the writes: what it would cap, were each a shard of its own. */
export const partitionSkew: ServerCheck = ({ rows, figure }) => {
  const families = new Map<string, Row[]>();
  for (const t of rows('tables')) {
    const parent = text(t, 'parent');
    if (parent !== '' && /^[hl]$/.test(text(t, 'strategy')))
      families.set(parent, [...(families.get(parent) ?? []), t]);
  }
  return [...families].flatMap(([parent, parts]) => {
    const writes = parts.map((t) => number(t, 'inserts') + number(t, 'updates') + number(t, 'deletes'));
    const skew = skewOf(writes);
    const total = writes.reduce((a, b) => a + b, 0);
    if (!skew || parts.length < LEAST_PARTITIONS || total < LEAST_WRITES) return [];
    if (skew.hottestShare < HOT_SHARE || skew.hottestShare < skew.evenShare * OF_EVEN) return [];
    const hottest = parts[writes.indexOf(Math.max(...writes))];
    const about = subject('database', parent);
    const of = (key: string, value: number, unit: 'ratio' | 'count' | 'factor') =>
      num(figure(key, about, value, unit, 'tables'));
    // What the hottest takes beyond an even part of the rest is taken for one key.
    const n = parts.length;
    const key = (skew.hottestShare - skew.evenShare) / (1 - skew.evenShare);
    const salts = saltsFor(key, n, skew.evenShare * EVEN_ENOUGH);
    return [
      {
        id: 'partition-skew',
        urgency: 'upkeep' as const,
        reason: say`${name(text(hottest, 'name'))} takes ${of('hottest-share', skew.hottestShare, 'ratio')} of the writes to the ${of('partitions', n, 'count')} partitions of ${name(parent)}, where an even share is ${of('even-share', skew.evenShare, 'ratio')}. Were each a server of its own, all together could do ${of('ceiling', skew.ceilingParts, 'factor')} what one can, however many there are.`,
        remedy: salts
          ? say`If one key brings this about (look: the most frequent keys of ${name(text(hottest, 'name'))}), write it under ${of('salts', salts, 'count')} keys, by a suffix from a hash of the row’s own id: the hottest part then takes about ${of('salted-share', saltedShare(key, n, salts), 'ratio')}. Reads of that key ask all of them. More partitions do not help.`
          : say`Look for the most frequent keys of ${name(text(hottest, 'name'))}: more partitions do not help while one key takes most.`,
      },
    ];
  });
};

const LARGE_BYTES = 10e9;
const DELETED_SHARE = 0.1;

/** Large tables from which old rows are deleted by a range: dropping a partition costs nothing and leaves no dead rows. */
export const partitionCandidates: ServerCheck = ({ rows, figure }) =>
  rows('tables').flatMap((t) => {
    const called = text(t, 'name');
    const [bytes, deletes, inserts] = [number(t, 'bytes'), number(t, 'deletes'), number(t, 'inserts')];
    if (text(t, 'parent') !== '' || bytes < LARGE_BYTES || deletes < inserts * DELETED_SHARE || deletes < 1)
      return [];
    const bare = called
      .replace(/^.*\./, '')
      .replaceAll('"', '')
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const ranged = new RegExp(
      `^\\s*delete\\s+from\\s+(?:only\\s+)?(?:"?\\w+"?\\.)?"?${bare}"?\\b[\\s\\S]*\\bwhere\\b[\\s\\S]*<`,
      'i',
    );
    const statement = rows('statements').find((s) => ranged.test(text(s, 'query')));
    if (!statement) return [];
    const about = subject('database', called);
    return [
      {
        id: 'partition-candidate',
        urgency: 'upkeep' as const,
        reason: say`${name(called)} holds ${num(figure('bytes', about, bytes, 'bytes', 'tables'))}, and old rows are deleted from it by a range: ${num(figure('deletes', about, deletes, 'count', 'tables'))} rows deleted to ${num(figure('inserts', about, inserts, 'count', 'tables'))} inserted, by ${name(text(statement, 'query').replace(/\s+/g, ' ').slice(0, 160))}. Each leaves a dead row in the table and in every index, which vacuum has to find.`,
        remedy: say`Partition it by the column of that range (a day, week or month each, so that there are tens of partitions): old ones are detached and dropped at once, and statements that name the range read one partition alone. The key of the partitions must be in its primary key; statements without the range read them all.`,
      },
    ];
  });
