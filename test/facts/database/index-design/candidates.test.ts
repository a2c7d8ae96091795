import { beforeAll, describe, expect, it } from 'vitest';
import type {
  ColumnStatistics,
  ExistingIndex,
  Relation,
} from '../../../../src/evidence/connectors/postgres/catalogue.js';
import {
  candidateId,
  candidateName,
  createStatement,
  dropStatement,
} from '../../../../src/facts/database/index-design/candidate.js';
import { candidatesFor } from '../../../../src/facts/database/index-design/candidates.js';
import { shapeOf } from '../../../../src/facts/database/statements/shape.js';
import { loadParser, parse } from '../../../../src/facts/database/statements/syntax.js';

const column = (name: string, more: Partial<ColumnStatistics> = {}): ColumnStatistics => ({
  name,
  type: 'text',
  bytewise: false,
  notNull: true,
  common: [],
  distinct: 1e5,
  ...more,
});
const index = (name: string, keys: string[]): ExistingIndex => ({
  name,
  method: 'btree',
  keys,
  include: [],
  unique: false,
  bytes: 1e6,
  scans: 1,
  definition: '',
  constraint: false,
});
const ticket: Relation = {
  name: 'ticket',
  rows: 1e5,
  bytes: 1e8,
  partitioned: false,
  indexes: [
    { ...index('ticket_pkey', ['id']), constraint: true, unique: true },
    index('ticket_seat', ['seat']),
  ],
  columns: [
    column('id', { type: 'bigint' }),
    column('seat'),
    column('holder'),
    column('mail'),
    column('at', { type: 'timestamp with time zone', correlation: 0.99 }),
    column('state', {
      distinct: 3,
      common: [
        { value: 'sold', share: 0.95 },
        { value: 'held', share: 0.02 },
      ],
    }),
  ],
};
const show: Relation = {
  ...ticket,
  name: 'show',
  indexes: [],
  columns: [column('id', { type: 'bigint' }), column('place')],
};

function candidates(sql: string): string[] {
  const [statement] = parse(sql);
  const blocks = statement ? shapeOf(statement.kind, statement.fields, [ticket, show]) : [];
  return candidatesFor(blocks).map(candidateId);
}

describe('candidates for indexes', () => {
  beforeAll(loadParser);

  it('put equality first, then the sort', () => {
    expect(candidates('SELECT * FROM ticket WHERE holder = $1 ORDER BY at DESC LIMIT 5')).toEqual(
      expect.arrayContaining(['ticket btree (holder, at)', 'ticket btree (holder)']),
    );
  });
  it('put equality first, then a range', () => {
    expect(candidates("SELECT * FROM ticket WHERE at > '2025-01-01' AND holder = $1")).toContain(
      'ticket btree (holder, at)',
    );
  });
  it('keep a sort in two directions as it is', () => {
    expect(candidates('SELECT * FROM ticket WHERE holder = $1 ORDER BY at DESC, mail LIMIT 5')).toContain(
      'ticket btree (holder, at DESC, mail)',
    );
  });
  it('follow an explicit order of nulls', () => {
    expect(
      candidates('SELECT * FROM ticket WHERE holder = $1 ORDER BY at DESC NULLS LAST LIMIT 5'),
    ).toContain('ticket btree (holder, at DESC NULLS LAST)');
  });
  it('say nothing for a value that most rows have', () => {
    expect(candidates("SELECT count(mail) FROM ticket WHERE state = 'sold'")).toEqual([]);
  });
  it('cover only the rare rows where a value is rare among few', () => {
    expect(candidates("SELECT id FROM ticket WHERE state = 'held' ORDER BY at LIMIT 9")).toContain(
      "ticket btree (at) where state = 'held'",
    );
  });
  it('index an expression', () => {
    expect(candidates('SELECT * FROM ticket WHERE lower(mail) = $1')).toContain(
      'ticket btree ((lower(mail)))',
    );
  });
  it('serve a prefix by the pattern operator class unless the column sorts by bytes', () => {
    expect(candidates("SELECT * FROM ticket WHERE mail LIKE 'abc%'")).toContain(
      'ticket btree (mail text_pattern_ops)',
    );
  });
  it('serve the middle of a text by trigrams, where three characters are known', () => {
    expect(candidates("SELECT * FROM ticket WHERE mail LIKE '%abc%'")).toEqual([
      'ticket gin (mail gin_trgm_ops)',
    ]);
    expect(candidates("SELECT * FROM ticket WHERE mail LIKE '%a%'")).toEqual([]);
  });
  it('offer a small block index for a range over rows stored in its order', () => {
    expect(candidates("SELECT mail FROM ticket WHERE at > '2025-01-01'")).toContain(
      'ticket brin (at) by 64 pages',
    );
  });
  it('find tables whose names are written in quotes, and put their index beside them', () => {
    const quoted: Relation = { ...ticket, name: '"Back.Office"."Ticket"', indexes: [] };
    const [parsed] = parse('SELECT * FROM "Back.Office"."Ticket" WHERE holder = 3');
    const [found] = candidatesFor(shapeOf(parsed?.kind ?? '', parsed?.fields ?? {}, [quoted]));
    expect(found && createStatement(found, true)).toBe(
      'CREATE INDEX CONCURRENTLY ticket_holder_idx ON "Back.Office"."Ticket" (holder)',
    );
    expect(found && dropStatement(found, false)).toBe('DROP INDEX IF EXISTS "Back.Office".ticket_holder_idx');
  });
  it('never promise to build concurrently on a partitioned table, which PostgreSQL refuses', () => {
    const [parsed] = parse('SELECT * FROM ticket WHERE holder = 3');
    const [found] = candidatesFor(
      shapeOf(parsed?.kind ?? '', parsed?.fields ?? {}, [{ ...ticket, partitioned: true }]),
    );
    expect(found && createStatement(found, true)).not.toContain('CONCURRENTLY');
  });
  it('index the column of a join on each side', () => {
    const found = candidates('SELECT t.mail FROM show s JOIN ticket t ON t.holder = s.place WHERE s.id = 3');
    expect(found).toEqual(
      expect.arrayContaining(['ticket btree (holder)', 'show btree (place)', 'show btree (id)']),
    );
  });
  it('look into sub-selects and common table expressions', () => {
    expect(candidates('SELECT 1 WHERE EXISTS (SELECT FROM ticket WHERE holder = $1)')).toContain(
      'ticket btree (holder)',
    );
    expect(candidates('WITH t AS (SELECT * FROM ticket WHERE mail = $1) SELECT * FROM t')).toContain(
      'ticket btree (mail)',
    );
  });
  it('leave out what an index that is there already answers', () => {
    expect(candidates('SELECT * FROM ticket WHERE seat = $1')).toEqual([]);
    expect(candidates('SELECT * FROM ticket WHERE id = $1')).toEqual([]);
  });
});

describe('the name and statement of an index', () => {
  it('stay within the limit of names and never stop writes', () => {
    const candidate = {
      relation: { ...ticket, name: 'shop."Odd table"' },
      method: 'btree' as const,
      keys: [
        { text: '(lower(mail))' },
        { text: 'Seat', column: 'Seat', descending: true, nullsFirst: false },
      ],
      include: ['a_rather_long_column_name', 'another_long_column_name'],
      because: 'equality',
    };
    expect(Buffer.byteLength(candidateName(candidate))).toBeLessThanOrEqual(63);
    expect(createStatement(candidate, true)).toMatch(
      /^CREATE INDEX CONCURRENTLY odd_table_\w+_idx ON shop\."Odd table" \(\(lower\(mail\)\), "Seat" DESC NULLS LAST\) INCLUDE \(a_rather_long_column_name, another_long_column_name\)$/,
    );
  });
});
