const PAGE_BYTES = 8192;
const HEADER_BYTES = 24;
const SPECIAL_BYTES = 16;
const LAYOUT_VERSION = 4;
const FLAG_LEAF = 1;
const FLAG_ROOT = 2;
/** Where the metapage of a B-tree holds root and level (`BTMetaPageData`: magic, version, root, level, fast root, fast level). */
const META_ROOT = HEADER_BYTES + 8;

/**
 * Makes an empty B-tree as tall as a full one: a chain of pages, each the only one of its level, that ends in an empty leaf.
 * The planner charges every search for the height of the tree, and looks for the ends of columns in it, so it must be sound.
 * @param meta the metapage as CREATE INDEX wrote it.
 * @returns the pages to write from the first on.
 */
export function tallEmptyTree(meta: Buffer, height: number): Buffer {
  const pages: Buffer[] = [Buffer.from(meta)];
  for (let level = height; level >= 0; level--)
    pages.push(level === 0 ? leaf(height === 0) : branch(level, pages.length + 1, level === height));
  const first = pages[0] ?? Buffer.alloc(0);
  first.writeUInt32LE(1, META_ROOT);
  first.writeUInt32LE(height, META_ROOT + 4);
  first.writeUInt32LE(1, META_ROOT + 8);
  first.writeUInt32LE(height, META_ROOT + 12);
  return Buffer.concat(pages);
}

function page(level: number, flags: number, lower: number, upper: number): Buffer {
  const out = Buffer.alloc(PAGE_BYTES);
  out.writeUInt16LE(lower, 12);
  out.writeUInt16LE(upper, 14);
  out.writeUInt16LE(PAGE_BYTES - SPECIAL_BYTES, 16);
  out.writeUInt16LE(PAGE_BYTES | LAYOUT_VERSION, 18);
  const special = PAGE_BYTES - SPECIAL_BYTES;
  out.writeUInt32LE(0, special);
  out.writeUInt32LE(0, special + 4);
  out.writeUInt32LE(level, special + 8);
  out.writeUInt16LE(flags, special + 12);
  return out;
}

const leaf = (root: boolean): Buffer =>
  page(0, FLAG_LEAF | (root ? FLAG_ROOT : 0), HEADER_BYTES, PAGE_BYTES - SPECIAL_BYTES);

/** One entry without a key, which stands for all that is smaller than anything, and leads down. */
function branch(level: number, child: number, root: boolean): Buffer {
  const at = PAGE_BYTES - SPECIAL_BYTES - 8;
  const out = page(level, root ? FLAG_ROOT : 0, HEADER_BYTES + 4, at);
  out.writeUInt32LE((at | (1 << 15) | (8 << 17)) >>> 0, HEADER_BYTES);
  out.writeUInt16LE(child >>> 16, at);
  out.writeUInt16LE(child & 0xffff, at + 2);
  // No attributes, marked as a pivot (`INDEX_ALT_TID_MASK`), 8 bytes long.
  out.writeUInt16LE(0, at + 4);
  out.writeUInt16LE(0x2000 | 8, at + 6);
  return out;
}
