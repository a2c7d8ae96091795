import { describe, expect, it } from 'vitest';
import { tallEmptyTree } from '../../../../src/evidence/connectors/postgres/sandbox/btree-file.js';
import {
  estimateIndex,
  type IndexColumn,
} from '../../../../src/evidence/connectors/postgres/sandbox/index-size.js';

const column = (more: Partial<IndexColumn>): IndexColumn => ({
  width: 8,
  alignment: 8,
  distinct: 1e5,
  key: true,
  packs: true,
  ...more,
});
const btree = { method: 'btree', unique: false, rows: 1e5, tablePages: 2632 };

// Each was built by PostgreSQL 18 on a table of 100 000 rows and measured with pg_relation_size.
describe('the size of an index that is not there', () => {
  it('is that of a B-tree on distinct times', () => {
    expect(estimateIndex({ ...btree, columns: [column({})] }).pages).toBeCloseTo(276, -1);
  });
  it('counts texts without the room that alignment would take', () => {
    const text = column({ width: 13, alignment: 1 });
    expect(estimateIndex({ ...btree, columns: [text] }).pages).toBeCloseTo(388, -1);
  });
  it('packs equal keys, unless it is unique or covering', () => {
    const customer = column({ width: 4, alignment: 4, distinct: 9500 });
    const packed = estimateIndex({ ...btree, columns: [customer] }).pages;
    expect(packed).toBeGreaterThan(100);
    expect(packed).toBeLessThan(125);
    const covering = estimateIndex({ ...btree, columns: [customer, column({ key: false })] }).pages;
    expect(covering).toBeGreaterThan(3 * packed);
  });
  it('is a few pages for ranges of blocks', () => {
    expect(estimateIndex({ ...btree, method: 'brin', columns: [column({})] }).pages).toBe(3);
  });
  it('is one empty leaf and a metapage at least', () => {
    expect(estimateIndex({ ...btree, rows: 0, columns: [column({})] })).toEqual({ pages: 2, height: 0 });
  });
});

describe('an empty B-tree of a given height', () => {
  const tree = tallEmptyTree(Buffer.alloc(8192), 2);
  it('has a page for each level, the last an empty leaf', () => {
    expect(tree.length).toBe(4 * 8192);
    const levels = [1, 2, 3].map((page) => tree.readUInt32LE(page * 8192 + 8192 - 16 + 8));
    expect(levels).toEqual([2, 1, 0]);
  });
  it('names root and height in its metapage', () => {
    expect(tree.readUInt32LE(32)).toBe(1);
    expect(tree.readUInt32LE(36)).toBe(2);
  });
});
