import {
  type Block,
  bullets,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  say,
  subject,
  type Text,
} from '../../../domain/index.js';
import type { Store } from '../../../evidence/store/index.js';
import { fromQuery, type Origin } from '../../query-fact.js';
import { statementIdentity } from '../../statement-identity.js';

interface Row {
  kind: string;
  statement: string;
  other: string;
  times: number;
  waitedMs: number | null;
  longestMs: number | null;
  tempBytes: number | null;
}

const MOST = 5;
/** Less waited altogether is how locks work. */
const LEAST_WAITED_MS = 1000;
const LEAST_TEMP_BYTES = 64 * 1024 * 1024;
const SHOWN_CHARS = 200;

const shown = (statement: string): { name: string } =>
  name(statement.replace(/\s+/g, ' ').slice(0, SHOWN_CHARS));

/** What logs of databases say of deadlocks, waits for locks and temporary files. Nothing where there is none. */
export async function contentionFacts(
  store: Store,
  sources: readonly string[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const query = `SELECT Kind AS kind, normalizeQuery(Statement) AS statement, arrayStringConcat(arrayMap(x -> normalizeQuery(x), splitByChar('\\n', Other)), '\\n') AS other,
       count() AS times, sum(LockMs) AS waitedMs, max(LockMs) AS longestMs, sum(TempBytes) AS tempBytes
     FROM query_stats WHERE Kind IN ('deadlock', 'lock-wait', 'temp-file')
     GROUP BY kind, statement, other ORDER BY kind, times DESC, statement, other LIMIT 2000`;
  const rows = await store.query<Row>(query);
  const identity = await statementIdentity();
  const origin: Origin = {
    query: 'query_stats: deadlocks, waits for locks, temporary files',
    rows: rows.length,
    sources,
  };
  const told = [
    ...deadlocks(rows, identity, origin),
    ...waits(rows, identity, origin),
    ...temporaryFiles(rows, identity, origin),
  ];
  if (told.length === 0) return { facts: [], blocks: [] };
  return {
    facts: told.flatMap((t) => t.facts),
    blocks: [heading(say`What the database logs say`), ...told.flatMap((t) => t.blocks)],
  };
}

interface Told {
  facts: Fact[];
  blocks: Block[];
}

function deadlocks(rows: readonly Row[], identity: (s: string) => string, origin: Origin): Told[] {
  const pairs = new Map<string, { one: string; two: string; times: number }>();
  for (const row of rows) {
    if (row.kind !== 'deadlock') continue;
    const [one = '', two = ''] = [identity(row.statement), identity(row.other.split('\n')[0] ?? '')].sort();
    const known = pairs.get(`${one}\n${two}`) ?? { one, two, times: 0 };
    pairs.set(`${one}\n${two}`, { ...known, times: known.times + Number(row.times) });
  }
  if (pairs.size === 0) return [];
  const all = [...pairs.values()].sort((a, b) => b.times - a.times || (a.one < b.one ? -1 : 1));
  const total = fromQuery(
    {
      name: 'deadlocks.logged',
      subject: subject('database', 'deadlocks'),
      value: all.reduce((s, p) => s + p.times, 0),
      unit: 'count',
    },
    origin,
  );
  const each = all.slice(0, MOST).map((p, i) => {
    const times = fromQuery(
      {
        name: 'deadlocks.pair',
        subject: subject('statement', `${p.one} / ${p.two}`),
        value: p.times,
        unit: 'count',
      },
      origin,
    );
    const same = p.one === p.two;
    return {
      fact: { ...times, id: `${times.id}/${i}` },
      text: (fact: Fact): Text =>
        same
          ? say`Of them ${num(fact)} between runs of ${shown(p.one)}: two transactions take the same rows in another order.`
          : say`Of them ${num(fact)} between ${shown(p.one)} and ${shown(p.two)}.`,
    };
  });
  return [
    {
      facts: [total, ...each.map((e) => e.fact)],
      blocks: [
        paragraph(
          say`Deadlocks: ${num(total)}, in each of which two transactions waited for what the other held and the database ended one. Take rows in one order everywhere (sort the keys before the first update, or lock them with ${name('SELECT … ORDER BY … FOR UPDATE')}), keep outgoing calls out of the transaction, and try the ended one again.`,
        ),
        bullets(each.map((e) => e.text(e.fact))),
      ],
    },
  ];
}

function waits(rows: readonly Row[], identity: (s: string) => string, origin: Origin): Told[] {
  const by = added(rows, 'lock-wait', identity, (r) => Number(r.waitedMs ?? 0));
  const total = [...by.values()].reduce((sum, w) => sum + w.value, 0);
  if (total < LEAST_WAITED_MS) return [];
  const all = fromQuery(
    { name: 'lock.wait.logged', subject: subject('database', 'lock waits'), value: total, unit: 'ms' },
    origin,
  );
  const top = [...by].sort(([a, x], [b, y]) => y.value - x.value || (a < b ? -1 : 1)).slice(0, MOST);
  const each = top.map(([statement, w]) => {
    const about = subject('statement', statement);
    return {
      waited: fromQuery({ name: 'lock.wait.logged', subject: about, value: w.value, unit: 'ms' }, origin),
      times: fromQuery({ name: 'lock.wait.times', subject: about, value: w.times, unit: 'count' }, origin),
      longest: fromQuery({ name: 'lock.wait.longest', subject: about, value: w.longest, unit: 'ms' }, origin),
      statement,
      change:
        /^\s*(?:alter|drop|truncate|create\s+(?:unique\s+)?index|reindex|cluster|vacuum\s*\(?full|lock)\b/i.test(
          statement,
        ),
    };
  });
  const changes = each.some((e) => e.change);
  return [
    {
      facts: [all, ...each.flatMap((e) => [e.waited, e.times, e.longest])],
      blocks: [
        paragraph(
          say`Waits for locks that the log holds (those beyond its ${name('deadlock_timeout')}): ${num(all)} together. Who held them, ${name('pg_locks')} says while it happens: ${name('kneepoint explain --db')}.`,
        ),
        bullets(
          each.map(
            (e) =>
              say`${num(e.waited)} in ${num(e.times)} waits, the longest ${num(e.longest)}: ${shown(e.statement)}.`,
          ),
        ),
        ...(changes
          ? [
              paragraph(
                say`Among those that waited is a change of a table: while it waits, all that come after it wait behind it, readers too. Give it a ${name('lock_timeout')} of a few seconds and try again until it gets through, when no long read runs.`,
              ),
            ]
          : []),
      ],
    },
  ];
}

function temporaryFiles(rows: readonly Row[], identity: (s: string) => string, origin: Origin): Told[] {
  const by = added(rows, 'temp-file', identity, (r) => Number(r.tempBytes ?? 0));
  const top = [...by]
    .filter(([, t]) => t.value >= LEAST_TEMP_BYTES)
    .sort(([a, x], [b, y]) => y.value - x.value || (a < b ? -1 : 1))
    .slice(0, MOST);
  if (top.length === 0) return [];
  const each = top.map(([statement, t]) => {
    const about = subject('statement', statement);
    return {
      bytes: fromQuery({ name: 'temp.logged', subject: about, value: t.value, unit: 'bytes' }, origin),
      times: fromQuery({ name: 'temp.times', subject: about, value: t.times, unit: 'count' }, origin),
      statement,
    };
  });
  return [
    {
      facts: each.flatMap((e) => [e.bytes, e.times]),
      blocks: [
        paragraph(
          say`Sorts and hashes that did not fit into ${name('work_mem')} went to disk. Fewer rows or columns, an index that gives the order, or more ${name('work_mem')} for that role alone:`,
        ),
        bullets(each.map((e) => say`${num(e.bytes)} in ${num(e.times)} files: ${shown(e.statement)}.`)),
      ],
    },
  ];
}

function added(
  rows: readonly Row[],
  kind: string,
  identity: (s: string) => string,
  value: (row: Row) => number,
): Map<string, { value: number; times: number; longest: number }> {
  const by = new Map<string, { value: number; times: number; longest: number }>();
  for (const row of rows) {
    if (row.kind !== kind) continue;
    const statement = identity(row.statement);
    const known = by.get(statement) ?? { value: 0, times: 0, longest: 0 };
    by.set(statement, {
      value: known.value + value(row),
      times: known.times + Number(row.times),
      longest: Math.max(known.longest, Number(row.longestMs ?? 0)),
    });
  }
  return by;
}
