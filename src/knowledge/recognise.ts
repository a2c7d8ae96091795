import type { ProductEntry } from './schema.js';

/** A product named in a text: characters [start, end), the version with it when one stands behind the name. */
export interface Recognised {
  product: string;
  start: number;
  end: number;
  version?: string;
}

interface Alias {
  product: ProductEntry;
  text: string;
  exact: boolean;
  versioned: boolean;
}
interface Node {
  next: Map<string, Node>;
  aliases: Alias[];
}

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const LETTER = /\p{L}/u;
const SEPARATOR = /[\s_-]/;
/** More separators than this are a gap, not part of a name; keeps the walk short on any text. */
const LONGEST_GAP = 3;

/** A reader of product names: linear in the text, the longest name wins, names end where words end. */
export function recogniser(products: Iterable<ProductEntry>): (text: string) => Recognised[] {
  const root = trieOf(products);
  return (text) => {
    const found: Recognised[] = [];
    for (let at = 0; at < text.length; at++) {
      if (at > 0 && LETTER_OR_DIGIT.test(text[at - 1] as string)) continue;
      const hit = longestAt(root, text, at);
      if (!hit) continue;
      found.push(hit);
      at = hit.end - 1;
    }
    return found;
  };
}

function trieOf(products: Iterable<ProductEntry>): Node {
  const root: Node = { next: new Map(), aliases: [] };
  const add = (product: ProductEntry, text: string, exact: boolean, versioned: boolean): void => {
    let node = root;
    for (const char of text) {
      const key = fold(char);
      let next = node.next.get(key);
      if (!next) {
        next = { next: new Map(), aliases: [] };
        node.next.set(key, next);
      }
      node = next;
    }
    if (!node.aliases.some((a) => a.text === text)) node.aliases.push({ product, text, exact, versioned });
  };
  for (const product of products) {
    if (!product.nameIsCommon) add(product, product.name, false, false);
    for (const alias of product.aliases) add(product, alias, false, false);
    for (const alias of product.exact) add(product, alias, true, false);
    for (const alias of product.versioned) add(product, alias, false, true);
  }
  return root;
}

/** One character for one character: places stay those of the text. */
function fold(char: string): string {
  if (SEPARATOR.test(char)) return ' ';
  const lower = char.toLowerCase();
  return lower.length === char.length ? lower : char;
}

function longestAt(root: Node, text: string, start: number): Recognised | undefined {
  let node: Node | undefined = root;
  let best: Recognised | undefined;
  let at = start;
  while (node && at < text.length) {
    const key: string = fold(text[at] as string);
    node = node.next.get(key);
    if (!node) break;
    at++;
    if (key === ' ') {
      const gapEnd = at + LONGEST_GAP - 1;
      while (at < gapEnd && at < text.length && /\s/.test(text[at] as string)) at++;
    }
    for (const alias of node.aliases) best = accept(alias, text, start, at) ?? best;
  }
  return best;
}

function accept(alias: Alias, text: string, start: number, end: number): Recognised | undefined {
  if (alias.exact && text.slice(start, end) !== alias.text) return undefined;
  const after = text[end] ?? '';
  const version = versionAt(alias.product, text, end);
  const glued = version?.glued ?? false;
  if (LETTER_OR_DIGIT.test(after) && LETTER_OR_DIGIT.test(text[end - 1] as string) && !glued)
    return undefined;
  if (alias.versioned && !version) return undefined;
  const rest = text.slice(end, end + 24).toLowerCase();
  if (!version && alias.product.unless.some((u) => rest.startsWith(u))) return undefined;
  return version
    ? { product: alias.product.id, start, end: version.end, version: version.text }
    : { product: alias.product.id, start, end };
}

const VERSION = /(\s{0,2}(?:[(:/=@-]\s?)?(?:version\s|v\.?\s?)?)(\d{1,4}(?:\.(?:\d{1,3}|x))*)([cgi]\b)?/iy;
const UPGRADE =
  /(\s{0,2}(?:->|→|=>|to)\s{0,2}(?:version\s|v\.?\s?)?)(\d{1,4}(?:\.(?:\d{1,3}|x))*)([cgi]\b)?/iy;
/** What turns the figure behind a name into a quantity: a unit, a rate, a thing counted. */
const QUANTITY =
  /\s?(?:%|‰|\/s|\/min|x\b|×|(?:ms|µs|ns|s|secs?|seconds?|min|mins|minutes?|h|hours?|d|days?|k|m|bn|[kmgt]i?b|[kmgt]i|rps|qps|tps|iops|rcu|wcu|percent|per)\b|(?:more |read |data |primary |app |sync |web |worker )?(?:shards|nodes|instances|brokers|pods|processes|workers|replicas|threads|partitions|consumers|hosts|vms|clusters|servers|machines|tasks|connections|vus|users|cores|cpus|vcpus|tables|times|topics|queues|services|requests|queries|jobs|containers|regions|calls|keys|rows|files|people|devs|days|weeks|months|years)\b)/iy;

function versionAt(
  product: ProductEntry,
  text: string,
  at: number,
): { text: string; end: number; glued: boolean } | undefined {
  const first = match(VERSION, text, at);
  if (!first || !plausible(product, first, text)) return undefined;
  const upgraded = match(UPGRADE, text, first.end);
  const last = upgraded && plausible(product, upgraded, text) ? upgraded : first;
  return { text: last.number.toLowerCase(), end: last.end, glued: first.lead === '' };
}

interface Figure {
  lead: string;
  number: string;
  end: number;
}

function match(pattern: RegExp, text: string, at: number): Figure | undefined {
  pattern.lastIndex = at;
  const m = pattern.exec(text);
  return m ? { lead: m[1] ?? '', number: (m[2] ?? '') + (m[3] ?? ''), end: pattern.lastIndex } : undefined;
}

function plausible(product: ProductEntry, figure: Figure, text: string): boolean {
  const marked = /v/i.test(figure.lead);
  const major = Number.parseInt(figure.number, 10);
  const [low, high] = product.majors ?? [Number.NaN, Number.NaN];
  if (product.majors ? major < low || major > high : !marked) return false;
  const after = text[figure.end] ?? '';
  if (LETTER.test(after) || /\d/.test(after) || (/[.,]/.test(after) && /\d/.test(text[figure.end + 1] ?? '')))
    return false;
  // "(3-node cluster)", "16-core".
  if (after === '-' && LETTER.test(text[figure.end + 1] ?? '')) return false;
  if (marked) return true;
  // "Sidekiq 7 workers (25 threads × 4)": what follows counts the workers, so the figure is the version.
  if (product.majors && /^\s\w{4,12}\s?\(\s?\d/.test(text.slice(figure.end, figure.end + 24))) return true;
  QUANTITY.lastIndex = figure.end;
  const counted = QUANTITY.exec(text)?.[0] ?? '';
  // "Go 1.22 services": nobody has 1.22 services, so a figure with a point is a version before a thing counted.
  return counted === '' || (figure.number.includes('.') && /\w{4,}/.test(counted));
}
