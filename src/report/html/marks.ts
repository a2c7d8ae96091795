import { type Fact, hash, type NumberSegment, type Segment, type Text } from '../../domain/index.js';
import { withoutControls } from '../markdown-escape.js';
import { STATE, TALLY } from '../words.js';
import { escapeHtml } from './escape.js';

/** Where each fact of the appendix stands: fact id → element id. */
export type Anchors = ReadonlyMap<string, string>;

/** Short element ids that stay the same from run to run; two facts never share one. */
export function anchorsOf(facts: readonly Fact[]): Anchors {
  const taken = new Set<string>();
  const anchors = new Map<string, string>();
  for (const fact of facts) {
    const base = `fact-${hash(fact.id)}`;
    let id = base;
    for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
    taken.add(id);
    anchors.set(fact.id, id);
  }
  return anchors;
}

/** Text as HTML: numbers are links to their facts, names are code, quotes are quotes; everything escaped. */
export const inline = (text: Text, anchors: Anchors): string => text.map((s) => segment(s, anchors)).join('');

function segment(s: Segment, anchors: Anchors): string {
  if (typeof s === 'string') return words(clean(s));
  if ('n' in s) {
    if (s.ref === TALLY) return `<span class="s">${clean(s.n)}</span>`;
    const anchor = anchors.get(s.ref);
    return anchor ? link(anchor, s, clean(s.n)) : `<span>${clean(s.n)}</span>`;
  }
  if ('name' in s) return `<code>${clean(s.name)}</code>`;
  return `<q>${clean(s.quote)}</q>`;
}

/** A figure without a unit says in which one it is. */
const link = (anchor: string, s: NumberSegment, shown: string): string =>
  `<a class="n" href="#${anchor}"${unitOf(s)}>${shown}</a>`;

export const unitOf = (s: NumberSegment): string =>
  s.in === undefined ? '' : ` data-in="${escapeHtml(s.in)}"`;

/** The same inside a summary or a caption, which may hold no links: numbers name their facts all the same. */
export const inlineUnlinked = (text: Text, anchors: Anchors): string =>
  text
    .map((s) => {
      if (typeof s === 'object' && 'n' in s && anchors.has(s.ref))
        return `<span data-fact="${anchors.get(s.ref)}"${unitOf(s)}>${clean(s.n)}</span>`;
      return typeof s === 'string' ? clean(s) : segment(s, anchors);
    })
    .join('');

const clean = (text: string): string => escapeHtml(withoutControls(text));

const STATES = Object.entries(STATE);

/** Our own words: the state of a finding gets its colour, "section 4" its link. */
function words(escaped: string): string {
  const linked = escaped.replace(/\bsection (10|[1-9])\b/g, '<a href="#section-$1">section $1</a>');
  const state = STATES.find(([, sign]) => linked.startsWith(sign));
  return state
    ? `<span class="state state-${state[0]}">${state[1]}</span>${linked.slice(state[1].length)}`
    : linked;
}

/** Text without marks, for attributes and code. */
export const literal = (text: Text): string =>
  withoutControls(
    text.map((s) => (typeof s === 'string' ? s : 'n' in s ? s.n : 'name' in s ? s.name : s.quote)).join(''),
  );

/** Code as HTML: names and numbers keep no marks but the link of a number, and a span around a name with digits. */
export const codeText = (text: Text, anchors: Anchors): string =>
  text
    .map((s) => {
      if (typeof s === 'string') return clean(s);
      if ('n' in s) {
        const shown = clean(s.n.replaceAll('\u202f', ''));
        const anchor = anchors.get(s.ref);
        return anchor ? link(anchor, s, shown) : shown;
      }
      const others = clean('name' in s ? s.name : s.quote);
      return /\d/.test(others) ? `<span class="u">${others}</span>` : others;
    })
    .join('')
    .replace(/\n+$/, '');
