import { chownSync, closeSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, textIn } from '../database.js';
import { tallEmptyTree } from './btree-file.js';

const PAGE_BYTES = 8192;
/** PostgreSQL cuts files of relations after this many pages. */
const SEGMENT_PAGES = 131_072;
/** Where the metapage of BRIN holds the number of its last page of pointers. */
const BRIN_LAST_POINTER_PAGE = 24 + 12;

/**
 * Gives a relation of the sandbox so many pages, without filling any: the planner asks the file for its length. The pages
 * take no room on disk. A B-tree is made as tall as a full one.
 */
export async function stretch(
  sandbox: Database,
  oid: string,
  pages: number,
  index?: { method: string; height: number },
): Promise<void> {
  await sandbox.rows('CHECKPOINT');
  await sandbox.rows('SELECT pg_buffercache_evict_relation($1::oid::regclass)', [oid]);
  const [at] = await sandbox.rows(
    "SELECT current_setting('data_directory') AS folder, pg_relation_filepath($1::oid::regclass) AS file",
    [oid],
  );
  const path = join(textIn(at, 'folder') ?? '', textIn(at, 'file') ?? '');
  const owner = statSync(path);
  const wanted = Math.max(pages, Math.ceil(owner.size / PAGE_BYTES));
  for (let segment = 0; segment * SEGMENT_PAGES < wanted || segment === 0; segment++) {
    const file = segment === 0 ? path : `${path}.${segment}`;
    if (segment > 0) {
      closeSync(openSync(file, 'a', 0o600));
      chownSync(file, owner.uid, owner.gid);
    }
    truncateSync(file, Math.min(SEGMENT_PAGES, wanted - segment * SEGMENT_PAGES) * PAGE_BYTES);
  }
  if (index?.method === 'btree') writeAt(path, tallEmptyTree(firstPage(path), index.height));
  if (index?.method === 'brin') {
    const meta = firstPage(path);
    meta.writeUInt32LE(1, BRIN_LAST_POINTER_PAGE);
    writeAt(path, meta);
  }
}

function firstPage(path: string): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, page, 0, PAGE_BYTES, 0);
  } finally {
    closeSync(file);
  }
  return page;
}

function writeAt(path: string, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
}
