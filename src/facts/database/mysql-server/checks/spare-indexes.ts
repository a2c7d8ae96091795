import { name, num, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const LONG_UP_SECONDS = 7 * 86_400;
const MOST = 5;

/** Indexes whose keys stand in front of another, and such as no statement used in a week or more. */
export const spareIndexes: MysqlCheck = ({ rows, status, figure }) => {
  const indexes = rows('indexes').filter((i) => text(i, 'method') === 'BTREE');
  const keys = (row: (typeof indexes)[number]): string => `${text(row, 'keys_in_order')},`;
  const redundant = indexes.filter(
    (i) =>
      number(i, 'not_unique') === 1 &&
      indexes.some(
        (o) =>
          o !== i &&
          text(o, 'relation') === text(i, 'relation') &&
          keys(o).startsWith(keys(i)) &&
          // Of two equal ones the later is told.
          (keys(o) !== keys(i) || number(o, 'not_unique') === 0 || text(o, 'name') < text(i, 'name')),
      ),
  );
  const out = redundant.slice(0, MOST).map((i) => ({
    id: 'redundant-index',
    urgency: 'upkeep' as const,
    reason: say`${name(text(i, 'name'))} on ${name(text(i, 'relation'))} (${name(text(i, 'keys_in_order'))}) serves nothing that another index with the same columns in front does not: each write pays for both.`,
    remedy: say`Make it invisible for a week (MySQL 8: ALTER INDEX … INVISIBLE; MariaDB 10.6: ALTER INDEX … IGNORED), then drop it. A hint that names it would fail.`,
    command: `DROP INDEX ${quoted(text(i, 'name'))} ON ${relationOf(i)};`,
  }));
  const up = status('Uptime') ?? 0;
  if (up < LONG_UP_SECONDS) return out;
  const about = subject('database', 'indexes');
  const unused = rows('indexUse').filter(
    (u) =>
      number(u, 'used') === 0 &&
      text(u, 'name') !== 'PRIMARY' &&
      !redundant.some(
        (r) => text(r, 'name') === text(u, 'name') && text(r, 'relation') === text(u, 'relation'),
      ) &&
      indexes.some(
        (i) =>
          text(i, 'relation') === text(u, 'relation') &&
          text(i, 'name') === text(u, 'name') &&
          number(i, 'not_unique') === 1,
      ),
  );
  return [
    ...out,
    ...unused.slice(0, MOST).map((u) => ({
      id: 'unused-index',
      urgency: 'upkeep' as const,
      reason: say`No statement used ${name(text(u, 'name'))} on ${name(text(u, 'relation'))} in the ${num(figure('uptime', about, up, 's', 'status'))} that the server is up.`,
      remedy: say`Ask the replicas too, and whoever runs a report once a month; then drop it.`,
      command: `DROP INDEX ${quoted(text(u, 'name'))} ON ${relationOf(u)};`,
    })),
  ];
};

const quoted = (identifier: string): string => `\`${identifier.replaceAll('`', '``')}\``;

/** Schema and table, each quoted: a point inside a name is part of it. */
function relationOf(row: Row): string {
  const [schema = '', ...table] = text(row, 'relation').split('.');
  return `${quoted(schema)}.${quoted(table.join('.'))}`;
}
