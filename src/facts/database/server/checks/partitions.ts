import { name, num, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { skewTold } from '../../skew.js';
import { number, type ServerCheck, text } from '../finding.js';

/** Fewer than this say nothing of where writes go as a rule. */
const LEAST_WRITES = 10_000;

/** Partitions by hash or list, one of which takes most of the writes: what it would cap, were each a shard of its own. */
export const partitionSkew: ServerCheck = ({ rows, figure }) => {
  const families = new Map<string, Row[]>();
  for (const t of rows('tables')) {
    const parent = text(t, 'parent');
    if (parent !== '' && /^[hl]$/.test(text(t, 'strategy')))
      families.set(parent, [...(families.get(parent) ?? []), t]);
  }
  return [...families].flatMap(([parent, tables]) => {
    const parts = tables.map((t) => ({
      name: text(t, 'name'),
      count: number(t, 'inserts') + number(t, 'updates') + number(t, 'deletes'),
    }));
    if (parts.reduce((sum, p) => sum + p.count, 0) < LEAST_WRITES) return [];
    const told = skewTold({
      whole: parent,
      parts,
      what: 'writes',
      divisions: 'partitions',
      figure: (key, about, value, unit) => figure(key, about, value, unit, 'tables'),
    });
    return told ? [{ id: 'partition-skew', urgency: 'upkeep' as const, ...told }] : [];
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
