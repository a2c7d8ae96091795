import type { Redactor } from '../redact/index.js';
import type { Store } from '../store/index.js';
import { type MapAttributes, redactedMaps } from './attribute-map.js';
import { attributeMap, resourceOf, scopeOf } from './otlp-attributes.js';
import { createRowWriter } from './row-writer.js';
import {
  CLEAR_WORDS,
  CREATE,
  clearUnits,
  DROP,
  FILL_WORDS,
  insertSpans,
  tally,
  UNITS,
  type Units,
  words,
} from './span-blocks-sql.js';
import type { TakenBlock } from './taken-block.js';

/** Many messages of OTLP spans as they stand in a file. */
export interface SpanMessages {
  encoding: SpanEncoding;
  bytes: readonly Uint8Array[];
  /** What `KpLine` is: the place of each message. */
  origins: readonly number[];
}

/** How units are written, to the engine and to us. */
export interface SpanEncoding {
  /** The statement that puts the units of the file `{path:String}` into a table. */
  fill: (units: Units) => string;
  /** SQL for an id column as lower-case hex. */
  id: (column: string) => string;
  /** A part that only we read, from its bytes to the shape of OTLP JSON. Throws when it cannot be read. */
  decode(part: 'resource' | 'scope' | 'attribute', bytes: Buffer): unknown;
}

const NOTHING_TAKEN: TakenBlock = { spans: 0, fromNs: 0n, toNs: 0n, left: 'all' };

interface Word {
  kind: 'attribute' | 'resource' | 'scope' | 'text';
  hex: string;
  times: number;
}

export interface SpanBlocks {
  /**
   * Two blocks can be under way: one is taken apart while the one before it is written. Nothing is redacted or
   * written before `turn` is done.
   */
  take(block: SpanMessages, turn: Promise<unknown>): Promise<TakenBlock>;
  /** Removes the tables in memory. */
  close(): Promise<void>;
}

/**
 * Writes blocks of spans to the store without making objects of them. The engine takes a block apart into tables in
 * memory; every distinct attribute, resource, scope and name is read and redacted here, once; the engine then writes
 * rows with what came back. A unit is left to the caller unless all its spans are flawless and plain: whole ids, times
 * that are text and in order, no events or links.
 */
export function spanBlocks(
  store: Store & Required<Pick<Store, 'withFile'>>,
  source: string,
  redactor: Redactor,
): SpanBlocks {
  let created: Promise<void> | undefined;
  const create = async (): Promise<void> => {
    for (const sql of CREATE) await store.command(sql);
  };
  /** When each of the tables of units is free again. */
  const free = new Map<Units, Promise<unknown>>();
  let blocks = 0;

  const write = async (units: Units, { encoding, origins }: SpanMessages): Promise<TakenBlock> => {
    let rows: Buffer;
    try {
      rows = wordRows(await store.query<Word>(words(units)), encoding, redactor);
    } catch {
      return NOTHING_TAKEN;
    }
    for (const sql of CLEAR_WORDS) await store.command(sql);
    await store.withFile([rows], async (path) => {
      for (const sql of FILL_WORDS) await store.command(sql, { path });
    });
    await store.command(insertSpans(units, encoding.id), { source, origins });
    const [told] = await store.query<Tally>(tally(units));
    return {
      spans: told?.spans ?? 0,
      fromNs: BigInt(told?.fromNs ?? 0),
      toNs: BigInt(told?.toNs ?? 0),
      left: new Set(told?.left),
    };
  };
  const takeInto = async (units: Units, block: SpanMessages, turn: Promise<unknown>): Promise<TakenBlock> => {
    created ??= create();
    await created;
    let filled = true;
    try {
      await store.withFile(block.bytes, (path) => store.command(block.encoding.fill(units), { path }));
    } catch {
      // What the engine cannot read, the ordinary way will tell of.
      filled = false;
    }
    await turn;
    const taken = filled ? await write(units, block) : NOTHING_TAKEN;
    await store.command(clearUnits(units));
    return taken;
  };
  return {
    async take(block, turn) {
      const units = UNITS[blocks++ % 2] ?? UNITS[0];
      await free.get(units);
      const taken = takeInto(units, block, turn);
      free.set(
        units,
        taken.catch(() => {}),
      );
      return taken;
    },
    async close() {
      if (created) for (const sql of DROP) await store.command(sql);
    },
  };
}

interface Tally {
  spans: number;
  fromNs: string;
  toNs: string;
  left: number[];
}

interface Said {
  first: string;
  second: string;
  pairs: readonly string[];
}

/** Rows for `FILL_WORDS`: what each distinct part says, redacted. */
function wordRows(words: readonly Word[], encoding: SpanEncoding, redactor: Redactor): Buffer {
  const rows = createRowWriter();
  const map = redactedMaps(redactor);
  for (const { kind, hex, times } of words) {
    const bytes = Buffer.from(hex, 'hex');
    const { first, second, pairs } = redactor.repeated(times, (): Said => {
      if (kind === 'text') return { first: redactor.redact(bytes.toString('utf8')), second: '', pairs: [] };
      return said(kind, encoding.decode(kind, bytes), { map });
    });
    rows.text(kind);
    rows.text(hex);
    rows.text(first);
    rows.text(second);
    rows.map(pairs);
  }
  return rows.take();
}

function said(kind: 'resource' | 'scope' | 'attribute', value: unknown, sink: { map: MapAttributes }): Said {
  if (kind === 'resource') {
    const { service, attributes } = resourceOf(value, sink);
    return { first: service, second: '', pairs: attributes };
  }
  if (kind === 'scope') {
    const { name, version } = scopeOf(value, '', sink);
    return { first: name, second: version, pairs: [] };
  }
  const [key, text] = attributeMap([value], sink);
  if (key === undefined || text === undefined) throw new Error('an attribute without a key');
  return { first: key, second: text, pairs: [] };
}
