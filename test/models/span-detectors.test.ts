import { describe, expect, it } from 'vitest';
import {
  consecutiveDatabase,
  consecutiveHttp,
  type DetectorSpan,
  httpQueue,
  nPlusOneDatabase,
  nPlusOneHttp,
  slowDatabase,
  urlKey,
} from '../../src/models/span-detectors.js';

const db = (start: number, length: number, text: string): DetectorSpan => ({
  start,
  end: start + length,
  kind: 'database',
  text,
  parent: 'p',
});
const http = (start: number, length: number, text: string): DetectorSpan => ({
  ...db(start, length, text),
  kind: 'http',
});
const lines = (n: number, length: number, step = length): DetectorSpan[] =>
  Array.from({ length: n }, (_, i) => db(20 + i * step, length, 'SELECT * FROM line WHERE id = ?'));

describe('span detectors', () => {
  it('sees equal statements after their source query', () => {
    const source = db(0, 10, 'SELECT * FROM orders');
    expect(nPlusOneDatabase([source, ...lines(6, 10)])).toEqual([[1, 2, 3, 4, 5, 6]]);
    expect(nPlusOneDatabase([source, ...lines(4, 20)])).toEqual([]);
    expect(nPlusOneDatabase(lines(6, 10))).toEqual([]);
    expect(nPlusOneDatabase([source, ...lines(6, 5)])).toEqual([]);
  });
  it('does not take overlapping siblings or cached look-ups for it', () => {
    const source = db(0, 10, 'SELECT * FROM orders');
    expect(nPlusOneDatabase([source, ...lines(6, 10, 8)])).toEqual([]);
    const look: DetectorSpan = { ...db(31, 1, 'GET line'), kind: 'cache' };
    expect(nPlusOneDatabase([source, ...lines(6, 10), look])).toEqual([]);
  });
  it('sees independent SELECTs in a row', () => {
    const first = db(0, 200, 'SELECT a FROM a');
    expect(consecutiveDatabase([first, db(200, 200, 'SELECT b FROM b')])).toEqual([[1]]);
    expect(consecutiveDatabase([first, db(200, 200, 'SELECT b FROM b WHERE a = ?')])).toEqual([]);
    expect(consecutiveDatabase([first, db(100, 200, 'SELECT b FROM b')])).toEqual([]);
  });
  it('sees slow statements, repeated and consecutive calls', () => {
    expect(slowDatabase([db(0, 1001, 'select 1'), db(0, 1000, 'select 1'), db(0, 2000, 'UPDATE a')])).toEqual(
      [[0]],
    );
    const books = Array.from({ length: 5 }, (_, i) => http(i, 100, `GET /books/${i}?page=${i}`));
    expect(nPlusOneHttp(books)).toEqual([[0, 1, 2, 3, 4]]);
    expect(nPlusOneHttp(books.map((b, i) => ({ ...b, start: i * 20 })))).toEqual([]);
    const steps = [http(0, 1000, 'GET /a'), http(1000, 1000, 'GET /b'), http(2100, 1000, 'GET /c')];
    expect(consecutiveHttp(steps)).toEqual([[0, 1, 2]]);
    expect(consecutiveHttp(steps.map((s) => ({ ...s, start: s.start * 2, end: s.end * 2 - 1000 })))).toEqual(
      [],
    );
  });
  it('sees calls that wait for a connection', () => {
    const call = (sentAt: number): DetectorSpan => ({
      ...http(0, 1000, 'GET http://a/x'),
      protocol: '1.1',
      sentAt,
    });
    expect(httpQueue([0, 0, 0, 0, 0, 600].map(call))).toEqual([[5]]);
    expect(httpQueue([0, 0, 0, 0, 600].map(call))).toEqual([]);
    expect(httpQueue([0, 0, 0, 0, 0, 600].map((t) => ({ ...call(t), protocol: '2' })))).toEqual([]);
  });
  it('leaves ids out of URLs', () => {
    expect(urlKey('GET /api/0/books/17/pages?book=3&x=y')).toBe('GET /api/*/books/*/pages?book=*&x=*');
  });
});
