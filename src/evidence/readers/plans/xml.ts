import { plainValue } from './detail-line.js';
import { NotAPlan, type PlanRecord, type PlanValue } from './document.js';

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decoded = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return name.startsWith('#') && code > 0 && code < 0x110000
      ? String.fromCodePoint(code)
      : (ENTITIES[name] ?? whole);
  });

/** Names that keep a dash in PostgreSQL's JSON, where XML writes a dash for every space and slash. */
const keyOf = (tag: string): string =>
  tag
    .replaceAll('-', ' ')
    .replace(/\bI O\b/, 'I/O')
    .replace(/^(Full|Pre) (sort(?:ed)?) Groups$/, '$1-$2 Groups')
    .replace(/^One Time Filter$/, 'One-Time Filter');

/** Tags whose children are a list. */
const LISTS = new Set([
  'Plans',
  'Triggers',
  'Workers',
  'Grouping-Sets',
  'Target-Tables',
  'Sort-Methods-Used',
]);
const TEXTS = /(?:Cond|Filter|Key|Output|Name|Text)$/;

/** Reads the `<Query>` elements of EXPLAIN (FORMAT XML): elements without attributes that matter, no mixed content. */
export function readXmlPlans(text: string): PlanRecord[] {
  const tags = [...text.matchAll(/<(\/?)([A-Za-z][\w.-]*)(?:\s[^>]*?)?(\/?)>/g)];
  const queries: PlanRecord[] = [];
  const open: { tag: string; from: number; record: PlanRecord; items: PlanValue[]; leaf: boolean }[] = [];
  for (const found of tags) {
    const [whole, closes, tag = '', empty] = found;
    if (closes === '') {
      const above = open[open.length - 1];
      if (above) above.leaf = false;
      open.push({ tag, from: found.index + whole.length, record: {}, items: [], leaf: true });
      if (empty !== '/') continue;
    }
    const done = open.pop();
    if (!done || done.tag !== tag)
      throw new NotAPlan(`The XML closes ${tag} where it is not open.`, lineAt(text, found.index));
    const inner = decoded(text.slice(done.from, found.index)).trim();
    const value: PlanValue = done.leaf
      ? TEXTS.test(tag) || tag === 'Item' || open[open.length - 1]?.tag === 'Settings'
        ? inner
        : plainValue(inner)
      : LISTS.has(tag) || done.items.length > 0
        ? done.items
        : done.record;
    if (tag === 'Query' && !done.leaf) queries.push(done.record);
    const parent = open[open.length - 1];
    if (!parent) continue;
    if (LISTS.has(parent.tag) || tag === 'Item') parent.items.push(value);
    else parent.record[keyOf(tag)] = value;
  }
  if (open.length > 0)
    throw new NotAPlan(`The XML ends inside ${open[open.length - 1]?.tag}.`, lineAt(text, text.length));
  return queries;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
