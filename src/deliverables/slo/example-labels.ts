import type { Selector } from '../../evidence/readers/promql/ast.js';
import { anchored } from '../../experiments/rules/regex.js';
import type { Labels } from '../../experiments/rules/series.js';

/** Values that a label may have where nothing else is asked of it. */
const PLAIN = ['200', '0', 'OK', 'ok', 'success', 'GET', 'a', 'other', '1'] as const;

/** A text that a regular expression of a matcher takes, found by filling its parts in; `undefined` when none is found. */
export function exampleOf(regex: string): string | undefined {
  const source = regex.replace(/^\^|\$$/g, '').replace(/^\(\?i\)/, '');
  const tries = [...alternatives(source).map(filled), ...PLAIN, '500', '503', '5xx', '/a', '0.5', ''];
  return tries.find((t) => {
    try {
      return anchored(regex).test(t);
    } catch {
      return false;
    }
  });
}

/** The parts of a top-level alternation. */
function alternatives(source: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source.charAt(i);
    if (c === '\\') i++;
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === '|' && depth === 0) {
      out.push(source.slice(from, i));
      from = i + 1;
    }
  }
  return [...out, source.slice(from)];
}

function filled(part: string): string {
  return part
    .replace(/\(\?:|\(/g, '(')
    .replace(/\(([^()|]*)(?:\|[^()]*)?\)/g, '$1')
    .replace(/\[\^[^\]]*\]/g, 'a')
    .replace(/\[(.)[^\]]*\]/g, '$1')
    .replace(/\\d/g, '0')
    .replace(/\\w/g, 'a')
    .replace(/\.[+*]\??/g, 'a')
    .replace(/\{(\d+)(?:,\d*)?\}/g, '')
    .replace(/(.)[?*]/g, '$1')
    .replace(/\+/g, '')
    .replace(/\\(.)/g, '\uE000$1')
    .replace(/(^|[^\uE000])\./g, '$10')
    .replace(/(^|[^\uE000])\./g, '$10')
    .replaceAll('\uE000', '');
}

/** Series that could be behind selectors: for each, its own, and those that it takes but others of the metric do not. */
export function exampleSeries(selectors: readonly Selector[], by: readonly string[]): Labels[] {
  const out = new Map<string, Labels>();
  const add = (labels: Labels): void => {
    const known = { ...Object.fromEntries(by.filter((l) => l !== 'le').map((l) => [l, 'a'])), ...labels };
    out.set(JSON.stringify(Object.entries(known).sort()), known);
  };
  for (const s of selectors) {
    const own = labelsFor(s, {});
    if (!own) continue;
    const others = selectors.filter((o) => o.metric === s.metric && o !== s);
    add(own);
    for (const o of others)
      for (const m of o.matchers) {
        if (s.matchers.some((x) => x.label === m.label && x.op === '=')) continue;
        // A value that this selector takes and the other one does not.
        const value = [...PLAIN, m.value, exampleOf(m.value) ?? ''].find(
          (v) => v !== '' && takes(s, m.label, v) && !takes(o, m.label, v),
        );
        if (value !== undefined) add({ ...own, [m.label]: value });
        const common = labelsFor(o, own);
        if (common && s.matchers.every((x) => takes(s, x.label, common[x.label] ?? ''))) add(common);
      }
  }
  return [...out.values()];
}

const takes = (s: Selector, label: string, value: string): boolean =>
  s.matchers
    .filter((m) => m.label === label)
    .every((m) => {
      if (m.op === '=') return m.value === value;
      if (m.op === '!=') return m.value !== value;
      return anchored(m.value).test(value) === (m.op === '=~');
    });

function labelsFor(s: Selector, before: Labels): Labels | undefined {
  const labels: Record<string, string> = { ...before, __name__: s.metric };
  for (const m of s.matchers) {
    if (takes(s, m.label, labels[m.label] ?? '')) continue;
    const value =
      m.op === '=' ? m.value : m.op === '=~' ? exampleOf(m.value) : PLAIN.find((v) => takes(s, m.label, v));
    if (value === undefined) return undefined;
    labels[m.label] = value;
  }
  return s.matchers.every((m) => takes(s, m.label, labels[m.label] ?? '')) ? labels : undefined;
}
