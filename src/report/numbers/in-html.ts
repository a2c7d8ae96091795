import type { Fact } from '../../domain/index.js';
import type { Report } from '../compose.js';
import { summaryOf } from '../html/chart.js';
import { anchorsOf, literal } from '../html/marks.js';
import type { Chart } from '../page.js';
import { TALLY } from '../words.js';
import { agrees } from './agrees.js';
import { around, KNOWN, numbersIn } from './digits.js';
import { plainText } from './entities.js';
import type { LooseNumber, Why } from './loose.js';
import { textsOf } from './segments.js';

/**
 * Walks the HTML: a number is right when it stands in a link to the row of its fact and agrees with it, in prose,
 * tables, charts and code alike. What others wrote, what the report counts and what attributes say to a reader must
 * be words that the report has.
 */
export function looseInHtml(report: Report, html: string): LooseNumber[] {
  const said = saidBy(report);
  const anchors = anchorsOf(report.facts);
  const byAnchor = new Map(report.facts.map((f) => [anchors.get(f.id) ?? '', f]));
  const out: LooseNumber[] = [];
  const found = (number: string, context: string, why: Why): void => {
    out.push({ output: 'html', number, context, why });
  };
  const stack: Open[] = [];
  let before = '';
  let code: { text: string; language: string } | undefined;
  for (const [token] of html.matchAll(TOKENS)) {
    if (token.startsWith('<')) {
      for (const text of readAloud(token))
        if (!said.labels.has(text))
          for (const number of numbersIn(text)) found(number, around(text, number), 'belongs to no fact');
      if (code && /^<\/pre/.test(token)) {
        for (const number of numbersIn(code.text, code.language))
          found(number, around(code.text, number), 'belongs to no fact');
        code = undefined;
      }
      step(stack, token);
      if (/^<pre/.test(token)) code = { text: '', language: '' };
      else if (code) code.language = /class="language-([\w+#-]*)"/.exec(token)?.[1] ?? code.language;
      continue;
    }
    const text = plainText(token);
    const top = stack[stack.length - 1];
    if (top)
      for (const [number, why] of faultsOf(text, top, byAnchor, said))
        found(number, context(before, text, number), why);
    const own = top === undefined || top.holds === 'words' || top.holds === 'code';
    if (code) code.text += own ? text : KNOWN;
    before = (before + (own ? text : KNOWN)).slice(-80);
  }
  return out;
}

function faultsOf(text: string, top: Open, byAnchor: ReadonlyMap<string, Fact>, said: Said): [string, Why][] {
  const loose = (why: Why): [string, Why][] => numbersIn(text).map((n) => [n, why]);
  switch (top.holds) {
    case 'number': {
      const fact = byAnchor.get(top.ref ?? '');
      if (!fact) return [[text, 'names a fact that the result does not have']];
      return agrees(text, fact, top.unit) ? [] : [[text, 'disagrees with its fact']];
    }
    case 'others':
      return said.others.has(text) ? [] : loose('is in other words than those of the case');
    case 'input':
      return said.inputs.includes(text) ? [] : loose('is in other words than those of the case');
    case 'count':
      return said.counts.has(text) ? [] : loose('belongs to no fact');
    case 'code':
      // Looked at as a whole when it ends: what stands around a number tells grammar from quantity.
      return [];
    case 'words':
      return loose('belongs to no fact');
  }
}

const context = (before: string, text: string, number: string): string =>
  text.length > number.length + 8 ? around(text, number) : `${before.slice(-60)}${text}`;

/** What a report says besides its own words. */
interface Said {
  others: ReadonlySet<string>;
  labels: ReadonlySet<string>;
  counts: ReadonlySet<string>;
  inputs: string;
}

function saidBy(report: Report): Said {
  const texts = textsOf(report);
  const { result } = report.look;
  const charts = chartsIn([report.front, report.sections]);
  const appName = result.case.appName;
  const counts = texts.flatMap((t) =>
    t.flatMap((s) => (typeof s === 'object' && 'n' in s && s.ref === TALLY ? [s.n] : [])),
  );
  return {
    others: new Set([
      ...texts.flatMap((t) => t.flatMap((s) => (typeof s === 'object' && !('n' in s) ? [literal([s])] : []))),
      result.version,
      result.classification,
      appName,
      'result.json',
    ]),
    labels: new Set(
      [...texts, ...charts.map(summaryOf)].flatMap((t) => [literal(t), `Table: ${literal(t)}`]),
    ),
    // The sections and the changes are numbered.
    counts: new Set([
      ...counts,
      ...report.sections.map((_, i) => String(i + 1)),
      ...report.front.cards.map((c) => String(c.rank)),
    ]),
    inputs: Object.values(result.case.inputs)
      .map((t) => literal([t ?? '']))
      .join('\u0000'),
  };
}

function chartsIn(value: unknown): Chart[] {
  if (Array.isArray(value)) return value.flatMap(chartsIn);
  if (value === null || typeof value !== 'object') return [];
  return 'howToRead' in value ? [value as Chart] : Object.values(value).flatMap(chartsIn);
}

interface Open {
  tag: string;
  holds: 'words' | 'number' | 'others' | 'input' | 'count' | 'code';
  /** The anchor of the fact that this element names, and the unit of a bare figure. */
  ref?: string;
  unit?: string;
}

const TOKENS = /<!--[\s\S]*?-->|<(?:script|style)\b[\s\S]*?<\/(?:script|style)>|<[^>]+>|[^<]+/g;
const VOID = /^(?:meta|link|br|hr|img|input|rect|line|path|circle|!doctype)$/i;

/** The attributes that a reader sees or hears. */
const ALOUD = /\s(?:title|aria-label|aria-description|aria-valuetext|alt|placeholder|data-label)="([^"]*)"/g;
const readAloud = (tag: string): string[] =>
  /^<(?:!--|script|style)/i.test(tag) ? [] : [...tag.matchAll(ALOUD)].map((m) => plainText(m[1] ?? ''));

function step(stack: Open[], tag: string): void {
  if (/^<(?:!--|script|style)/i.test(tag)) return;
  const closing = /^<\/([\w-]+)/.exec(tag)?.[1];
  if (closing) {
    while (stack.length > 0 && stack.pop()?.tag !== closing);
    return;
  }
  const name = /^<([!\w-]+)/.exec(tag)?.[1] ?? '';
  if (VOID.test(name) || tag.endsWith('/>')) return;
  stack.push({ tag: name, ...opened(name, tag, stack[stack.length - 1]) });
}

function opened(name: string, tag: string, parent: Open | undefined): Omit<Open, 'tag'> {
  if (parent?.holds === 'input' || name === 'blockquote') return { holds: 'input' };
  const ref = /href="#(fact-[\w-]+)"/.exec(tag)?.[1] ?? /data-fact="(fact-[\w-]+)"/.exec(tag)?.[1];
  if (ref !== undefined) {
    const unit = /data-in="([^"]*)"/.exec(tag)?.[1];
    return { holds: 'number', ref, ...(unit === undefined ? {} : { unit: plainText(unit) }) };
  }
  if (/class="s"/.test(tag)) return { holds: 'count' };
  if (name === 'pre') return { holds: 'code' };
  if (parent?.holds === 'code' && name === 'code') return { holds: 'code' };
  if (/^(?:q|code)$/.test(name) || /class="(?:u|name|class)"/.test(tag)) return { holds: 'others' };
  return { holds: parent?.holds ?? 'words' };
}
