import type { Redactor } from '../redact/index.js';
import type { Store } from '../store/index.js';
import { type MapAttributes, redactedMaps } from './attribute-map.js';
import { attributeMap, resourceOf, scopeOf } from './otlp-map.js';
import { createRowWriter } from './row-writer.js';
import { CLEAR, CREATE, DROP, FILL_WORDS, insertSpans, TALLY, WORDS } from './span-blocks-sql.js';

/** Many units of OTLP spans as they stand in a file: lines of JSON, or messages. */
export interface SpanBlock {
  encoding: SpanEncoding;
  bytes: readonly Uint8Array[];
  /** What `KpLine` is: the line of the first unit, or the place of each. */
  origin: number | readonly number[];
}

/** How units are written, to the engine and to us. */
export interface SpanEncoding {
  /** The statement that puts the units of the file `{path:String}` into `kp_units`. */
  fill: string;
  /** SQL for an id column as lower-case hex. */
  id: (column: string) => string;
  /** A part that only we read, from its bytes to the shape of OTLP JSON. Throws when it cannot be read. */
  decode(part: 'resource' | 'scope' | 'attribute', bytes: Buffer): unknown;
}

/** What became of a block. */
export interface TakenBlock {
  spans: number;
  fromNs: bigint;
  toNs: bigint;
  /** Numbers of the units that hold anything out of the ordinary: nothing of them was written. */
  left: 'all' | ReadonlySet<number>;
}
const NOTHING_TAKEN: TakenBlock = { spans: 0, fromNs: 0n, toNs: 0n, left: 'all' };

interface Word {
  kind: 'attribute' | 'resource' | 'scope' | 'text';
  hex: string;
  times: number;
}

export interface SpanBlocks {
  take(block: SpanBlock): Promise<TakenBlock>;
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
  let created = false;
  const emptyTables = async (): Promise<void> => {
    for (const sql of created ? CLEAR : CREATE) await store.command(sql);
    created = true;
  };
  const fill = async ({ bytes, encoding }: SpanBlock): Promise<Buffer | undefined> => {
    try {
      await store.withFile(bytes, (path) => store.command(encoding.fill, { path }));
      return wordRows(await store.query<Word>(WORDS), encoding, redactor);
    } catch {
      // What the engine or we cannot read, the ordinary way will tell of.
      return undefined;
    }
  };
  return {
    async take(block) {
      await emptyTables();
      const words = await fill(block);
      if (!words) return NOTHING_TAKEN;
      await store.withFile([words], async (path) => {
        for (const sql of FILL_WORDS) await store.command(sql, { path });
      });
      const { origin, encoding } = block;
      await (typeof origin === 'number'
        ? store.command(insertSpans(encoding.id, '{first:UInt64} + unit'), { source, first: origin })
        : store.command(insertSpans(encoding.id, '{origins:Array(UInt64)}[unit + 1]'), {
            source,
            origins: origin,
          }));
      const [tally] = await store.query<Tally>(TALLY);
      return {
        spans: tally?.spans ?? 0,
        fromNs: BigInt(tally?.fromNs ?? 0),
        toNs: BigInt(tally?.toNs ?? 0),
        left: new Set(tally?.left),
      };
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
