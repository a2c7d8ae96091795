import { name, num, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { number, type ServerCheck, text } from '../finding.js';

const LEAST_BYTES = 1e6;
/** Counters younger than this have not seen the end of a month. */
const LEAST_UP_SECONDS = 7 * 86_400;

/** Indexes that another makes needless, and large ones that nothing has used. */
export const spareIndexes: ServerCheck = ({ rows, figure }) => {
  const indexes = rows('indexes');
  const upSeconds = number(rows('server')[0], 'up_seconds');
  return indexes.flatMap((index) => {
    if (index.backs_constraint === true || index.unique === true) return [];
    const about = subject('database', text(index, 'name'));
    const size = num(figure('index-bytes', about, number(index, 'bytes'), 'bytes', 'indexes'));
    const better = indexes.find((other) => other !== index && covers(other, index));
    if (better)
      return [
        {
          id: 'redundant-index',
          urgency: 'upkeep' as const,
          reason: say`${name(about.name)} (${size}) begins as ${name(text(better, 'name'))} does: what it answers, the other answers too.`,
          remedy: say`Drop it; every write keeps both. To undo: ${name(text(index, 'definition'))}.`,
          command: `DROP INDEX CONCURRENTLY ${about.name};`,
        },
      ];
    if (number(index, 'scans') > 0 || number(index, 'bytes') < LEAST_BYTES || upSeconds < LEAST_UP_SECONDS)
      return [];
    return [
      {
        id: 'unused-index',
        urgency: 'upkeep' as const,
        reason: say`Nothing has used ${name(about.name)} (${size}) on this server for as long as it counts.`,
        remedy: say`Look at the replicas too, each counts for itself, and at jobs that run once a quarter; then drop it. To undo: ${name(text(index, 'definition'))}.`,
        command: `DROP INDEX CONCURRENTLY ${about.name};`,
      },
    ];
  });
};

/** True when `other` has the same keys in front. Of two equal ones the one whose name comes later goes. */
function covers(other: Row, index: Row): boolean {
  const same = ['relation', 'method', 'predicate', 'expressions'].every(
    (k) => text(other, k) === text(index, k),
  );
  if (!same || other.valid === false || text(index, 'method') !== 'btree') return false;
  const parts = (row: Row, key: string, count: number): string =>
    text(row, key).split(' ').slice(0, count).join(' ');
  const count = number(index, 'key_count');
  const all = text(index, 'keys').split(' ').length;
  // Columns that are only carried along may be what makes it worth having.
  if (all > count && text(other, 'keys') !== text(index, 'keys')) return false;
  if (!['keys', 'classes', 'options'].every((k) => parts(other, k, count) === parts(index, k, count)))
    return false;
  if (number(other, 'key_count') < count) return false;
  const equal = text(other, 'keys') === text(index, 'keys') && number(other, 'key_count') === count;
  return !equal || other.unique === true || text(other, 'name') < text(index, 'name');
}
