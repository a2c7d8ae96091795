import { beforeAll, describe, expect, it } from 'vitest';
import type { Relation } from '../../../../src/evidence/connectors/postgres/catalogue.js';
import { sargableRewrites } from '../../../../src/facts/database/statements/rewrite.js';
import { loadParser, parse } from '../../../../src/facts/database/statements/syntax.js';

const column = (name: string, type: string) => ({ name, type, bytewise: false, notNull: true, common: [] });
const orders: Relation = {
  name: 'orders',
  rows: 1000,
  bytes: 1e6,
  partitioned: false,
  indexes: [],
  columns: [column('at', 'timestamp with time zone'), column('local', 'timestamp without time zone')],
};

function rewritten(where: string): string | undefined {
  const sql = `SELECT count(*) FROM orders o WHERE ${where} AND o.id > 3`;
  const [statement] = parse(sql);
  const [rewrite] = statement ? sargableRewrites(statement.text, statement.fields, [orders]) : [];
  return rewrite?.statement.replace('SELECT count(*) FROM orders o WHERE ', '').replace(' AND o.id > 3', '');
}

describe('a condition that computes a day from a time column', () => {
  beforeAll(loadParser);

  it.each([
    [
      "(at AT TIME ZONE 'UTC')::date = '2025-01-03'",
      "at >= timestamp '2025-01-03' AT TIME ZONE 'UTC' AND at < timestamp '2025-01-04' AT TIME ZONE 'UTC'",
    ],
    [
      "date_trunc('month', o.local) = '2024-02-01'",
      "o.local >= timestamp '2024-02-01' AND o.local < timestamp '2024-03-01'",
    ],
    ["date(local) = '2024-12-31'", "local >= timestamp '2024-12-31' AND local < timestamp '2025-01-01'"],
    ['extract(year FROM local) = 2024', "local >= timestamp '2024-01-01' AND local < timestamp '2025-01-01'"],
    ["local::date = DATE '2024-02-29'", "local >= timestamp '2024-02-29' AND local < timestamp '2024-03-01'"],
  ])('%s becomes a half-open range', (before, after) => {
    expect(rewritten(before)).toBe(after);
  });

  it.each([
    ["at::date = '2025-01-03'", 'the time zone of the session would decide'],
    ["date_trunc('month', local) = '2024-02-02'", 'it never holds'],
    ["local::date > '2024-02-02'", 'it is no equality'],
    ['local::date = $1', 'the day is not known'],
    ["lower(local::text) = '2024-02-02'", 'it is about a text'],
  ])('%s is left alone: %s', (where) => {
    expect(rewritten(where)).toBeUndefined();
  });

  it('finds its place behind letters of several bytes', () => {
    expect(rewritten("note = 'Zürich – Ö' AND local::date = '2024-01-01'")).toBe(
      "note = 'Zürich – Ö' AND local >= timestamp '2024-01-01' AND local < timestamp '2024-01-02'",
    );
  });
});
