import { splitList } from './balanced.js';
import type { PlanRecord, PlanValue } from './document.js';
import { readActual } from './node-line.js';

/** A `Key: value` line below a node, with the column of its key. */
export interface DetailLine {
  column: number;
  key: string;
  value: string;
}

/**
 * Keys of details are a few words that begin with a capital. `Worker 0`, `I/O Timings`, `Full-sort Groups` and
 * `Trigger x on y` are among them; `'a'::text` and `12:30` are not.
 */
const DETAIL = /^(\s*)((?:[A-Z][\w/-]*|Trigger .+?)(?: [\w/()-]+){0,7}):(?: +(.*)|)$/;

export function readDetailLine(line: string): DetailLine | undefined {
  const found = DETAIL.exec(line.trimEnd());
  if (!found) return undefined;
  return { column: found[1]?.length ?? 0, key: found[2] ?? '', value: (found[3] ?? '').trim() };
}

/** Conditions stay text even where they look like a number; lists become lists, as PostgreSQL's JSON has them. */
const LISTS = new Set(['Sort Key', 'Presorted Key', 'Group Key', 'Conflict Arbiter Indexes']);
const TEXTS = /(?:Cond|Filter|Key|Output|SQL|Name|Text|Mode|Relations)$/;

/** Adds what a detail line says to a node or a worker. */
export function addDetail(record: PlanRecord, key: string, value: string): void {
  const special = SPECIAL[key];
  if (special) {
    special(record, value);
    return;
  }
  if (LISTS.has(key)) record[key] = splitList(value);
  else record[key] = TEXTS.test(key) ? value : plainValue(value);
}

export function plainValue(value: string): PlanValue {
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return value === 'true' ? true : value === 'false' ? false : value;
}

const SPECIAL: Readonly<Record<string, (record: PlanRecord, value: string) => void>> = {
  Buffers: readBuffers,
  'I/O Timings': readTimings,
  WAL: (record, value) => {
    for (const [word, name] of [
      ['records', 'WAL Records'],
      ['fpi', 'WAL FPI'],
      ['bytes', 'WAL Bytes'],
      ['buffers full', 'WAL Buffers Full'],
    ] as const)
      record[name] = Number(new RegExp(`${word}=(\\d+)`).exec(value)?.[1] ?? 0);
  },
  'Heap Blocks': (record, value) => {
    record['Exact Heap Blocks'] = Number(/exact=(\d+)/.exec(value)?.[1] ?? 0);
    record['Lossy Heap Blocks'] = Number(/lossy=(\d+)/.exec(value)?.[1] ?? 0);
  },
  'Sort Method': (record, value) => {
    const found = /^(.*?)(?:\s{2,}|\s+)(Memory|Disk): (\d+)\s*kB$/.exec(value);
    record['Sort Method'] = found ? (found[1] ?? '').trim() : value;
    if (!found) return;
    record['Sort Space Used'] = found[3];
    record['Sort Space Type'] = found[2];
  },
  Buckets: (record, value) => readFields(record, `Buckets: ${value}`, HASH_FIELDS),
  Batches: (record, value) => readFields(record, `Batches: ${value}`, AGGREGATE_FIELDS),
  'Planned Partitions': (record, value) =>
    readFields(record, `Planned Partitions: ${value}`, AGGREGATE_FIELDS),
  'Memory Usage': (record, value) => readFields(record, `Memory Usage: ${value}`, AGGREGATE_FIELDS),
  Hits: (record, value) => readFields(record, `Hits: ${value}`, CACHE_FIELDS),
  Storage: (record, value) => {
    const found = /^(\w+)\s+Maximum Storage: (\d+)\s*kB$/.exec(value);
    record.Storage = found?.[1] ?? value;
    if (found) record['Maximum Storage'] = Number(found[2]);
  },
  'Full-sort Groups': (record, value) => readGroups(record, 'Full-sort Groups', value),
  'Pre-sorted Groups': (record, value) => readGroups(record, 'Pre-sorted Groups', value),
  Tuples: (record, value) => {
    for (const [, word, count] of value.matchAll(/(inserted|updated|deleted|skipped)=(\d+)/g))
      if (word) record[`Tuples ${word.charAt(0).toUpperCase()}${word.slice(1)}`] = Number(count);
  },
};

const HASH_FIELDS = { Buckets: 'Hash Buckets', Batches: 'Hash Batches', 'Memory Usage': 'Peak Memory Usage' };
const AGGREGATE_FIELDS = {
  'Planned Partitions': 'Planned Partitions',
  Batches: 'HashAgg Batches',
  'Memory Usage': 'Peak Memory Usage',
  'Disk Usage': 'Disk Usage',
};
const CACHE_FIELDS = {
  Hits: 'Cache Hits',
  Misses: 'Cache Misses',
  Evictions: 'Cache Evictions',
  Overflows: 'Cache Overflows',
  'Memory Usage': 'Peak Memory Usage',
};

/** `Buckets: 1024 (originally 512)  Batches: 1  Memory Usage: 9kB`. */
function readFields(record: PlanRecord, text: string, names: Readonly<Record<string, string>>): void {
  for (const [word, name] of Object.entries(names)) {
    const found = new RegExp(`(?:^|\\s)${word}: (\\d+)(?: \\(originally (\\d+)\\))?`).exec(text);
    if (!found) continue;
    record[name] = Number(found[1]);
    if (name === 'Hash Buckets' || name === 'Hash Batches')
      record[`Original ${name}`] = Number(found[2] ?? found[1]);
  }
}

/** `shared hit=10 read=3, temp written=8`: what a kind leaves out is nought. */
export function readBuffers(record: PlanRecord, value: string): void {
  for (const [, kind, counts] of value.matchAll(
    /\b(shared|local|temp)((?: (?:hit|read|dirtied|written)=\d+)+)/g,
  )) {
    const word = `${(kind ?? '').charAt(0).toUpperCase()}${(kind ?? '').slice(1)}`;
    for (const what of ['Hit', 'Read', 'Dirtied', 'Written'])
      record[`${word} ${what} Blocks`] = Number(
        new RegExp(`${what.toLowerCase()}=(\\d+)`).exec(counts ?? '')?.[1] ?? 0,
      );
  }
}

/** PostgreSQL 17 tells shared, local and temp apart; 15 and 16 only temp; before, nothing. */
export function readTimings(record: PlanRecord, value: string): void {
  for (const group of value.split(/,\s*/)) {
    const kind = /^(shared\/local|shared|local|temp)\s/.exec(group)?.[1];
    const prefix =
      kind === undefined || kind === 'shared/local' ? '' : `${kind.charAt(0).toUpperCase()}${kind.slice(1)} `;
    for (const what of ['read', 'write'] as const)
      record[`${prefix}I/O ${what === 'read' ? 'Read' : 'Write'} Time`] = Number(
        new RegExp(`${what}=(\\d+(?:\\.\\d+)?)`).exec(group)?.[1] ?? 0,
      );
  }
}

/** `1  Sort Method: quicksort  Average Memory: 123kB  Peak Memory: 234kB`. */
function readGroups(record: PlanRecord, key: string, value: string): void {
  const groups: PlanRecord = { 'Group Count': Number(/^\d+/.exec(value)?.[0] ?? 0) };
  const methods = /Sort Methods?: (.*?)(?:\s{2,}|$)/.exec(value)?.[1];
  if (methods !== undefined) groups['Sort Methods Used'] = methods.split(/,\s*/);
  for (const [, kind, average, peak] of value.matchAll(
    /Average (Memory|Disk): (\d+)\s*kB\s+Peak (?:Memory|Disk): (\d+)\s*kB/g,
  ))
    groups[`Sort Space ${kind}`] = {
      'Average Sort Space Used': Number(average),
      'Peak Sort Space Used': Number(peak),
    };
  record[key] = groups;
}

/** `actual time=… rows=… loops=…`, `Sort Method: …` or `Buffers: …` behind `Worker 0:`. */
export function addWorkerDetail(worker: PlanRecord, value: string): void {
  const actual = readActual(value);
  if (actual) {
    Object.assign(worker, actual);
    return;
  }
  const detail = readDetailLine(value);
  if (detail) addDetail(worker, detail.key, detail.value);
}
