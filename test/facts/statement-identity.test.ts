import { describe, expect, test } from 'vitest';
import { statementIdentity } from '../../src/facts/statement-identity.js';

const same = async (...statements: string[]): Promise<boolean> => {
  const of = await statementIdentity();
  return new Set(statements.map(of)).size === 1;
};

describe('statements that mean the same', () => {
  test.each([
    ['letter case and spaces', 'SELECT id FROM orders WHERE id = ?', 'select id  from orders where id = ?'],
    [
      'lists of other lengths',
      'SELECT id FROM orders WHERE id IN (?..)',
      'SELECT id FROM orders WHERE id IN (?, ?, ?)',
    ],
    [
      'a parameter or a literal',
      'SELECT id FROM orders WHERE id = $1',
      'SELECT id FROM orders WHERE id = 17',
    ],
  ])('%s', async (_, a, b) => {
    expect(await same(a, b)).toBe(true);
  });

  test.each([
    ['another table', 'SELECT id FROM orders WHERE id = ?', 'SELECT id FROM lines WHERE id = ?'],
    ['another condition', 'SELECT id FROM orders WHERE id = ?', 'SELECT id FROM orders WHERE ref = ?'],
    ['texts cut short', 'SELECT a, b, c FROM orders WHERE …', 'SELECT a, b, c FROM orders WHERE x …'],
  ])('but not %s', async (_, a, b) => {
    expect(await same(a, b)).toBe(false);
  });

  test('other dialects and other stores stand for themselves', async () => {
    const foreign = [
      'SELECT `id` FROM `orders` WHERE `id` = ?',
      'HGETALL user:?',
      'db.orders.find({id: ?})',
      '',
    ];
    const of = await statementIdentity();
    expect(foreign.map(of)).toEqual(foreign);
  });

  test('share the text that was met first', async () => {
    const of = await statementIdentity();
    expect(of('SELECT 2 FROM a')).toBe('SELECT 2 FROM a');
    expect(of('select 1 from a')).toBe('SELECT 2 FROM a');
  });
});
