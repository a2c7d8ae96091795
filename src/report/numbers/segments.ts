import {
  type Fact,
  type NumberSegment,
  range,
  type Segment,
  shownIn,
  type Text,
} from '../../domain/index.js';
import { factRow, isMethod, sourceBlocks } from '../back.js';
import type { Report } from '../compose.js';
import { TALLY, tally } from '../words.js';
import { agrees } from './agrees.js';
import { around, KNOWN, numbersIn } from './digits.js';
import type { LooseNumber, Why } from './loose.js';
import { type Others, othersOf } from './of-others.js';

/** Everything that a report says, as texts, with those that only its renderers make. */
export const textsOf = (report: Report): Text[] => [...saidTexts(report), ...evidenceTexts(report)];

const saidTexts = (report: Report): Text[] => textsIn([report.front, report.sections, report.back]);

/** The rows of facts and sources: their names are places, queries, formulas and documents, which need no fact. */
function evidenceTexts({ facts, look, otherFacts }: Report): Text[] {
  const counts = [facts.filter((f) => !isMethod(f)).length, facts.filter(isMethod).length, otherFacts];
  return [
    ...textsIn([sourceBlocks(look), facts.map(factRow)]),
    ...facts.flatMap((f): Text[] => (f.interval ? [[range(f)]] : [])),
    ...counts.map((n): Text => [tally(n)]),
  ];
}

function textsIn(value: unknown): Text[] {
  if (isText(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

const isText = (value: unknown): value is Text =>
  Array.isArray(value) && value.some((s) => typeof s === 'object') && value.every(isSegment);
const isSegment = (s: unknown): s is Segment =>
  typeof s === 'string' ||
  (typeof s === 'object' &&
    s !== null &&
    ('n' in s || ('name' in s && size(s) === 1) || ('quote' in s && size(s) === 1)));
const size = (o: object): number => Object.keys(o).length;

/** The numbers of a report that do not agree with their facts, and names with digits that nobody gave. */
export function looseInSegments(report: Report): LooseNumber[] {
  const others = othersOf(report.look.result);
  return [
    ...textsOf(report).flatMap((text) => text.flatMap((s, i) => wrongNumber(s, text[i + 1], report))),
    ...saidTexts(report).flatMap((text) => text.flatMap((s) => strangeName(s, others))),
  ];
}

function wrongNumber(s: Segment, next: Segment | undefined, report: Report): LooseNumber[] {
  if (typeof s === 'string' || !('n' in s) || s.ref === TALLY) return [];
  const why = wrong(s, report.look.fact(s.ref), typeof next === 'string' ? next : '');
  return why ? [{ output: 'markdown', number: s.n, context: s.ref, why }] : [];
}

function strangeName(s: Segment, others: Others): LooseNumber[] {
  if (typeof s === 'string' || 'n' in s) return [];
  const words = 'name' in s ? s.name : s.quote;
  if (numbersIn(words).length === 0 || others.wrote(words)) return [];
  const command = others.command(words);
  const said = command ? ownWords(command) : words;
  const why = command ? 'belongs to no fact' : 'is in other words than those of the case';
  return numbersIn(said, command ? 'sh' : undefined).map((number) => ({
    output: 'markdown',
    number,
    context: around(said, number),
    why,
  }));
}

const ownWords = (text: Text): string => text.map((s) => (typeof s === 'string' ? s : KNOWN)).join('');

/** What is wrong with a number: its fact, its value, or the unit that the words after it give to a bare figure. */
function wrong(s: NumberSegment, fact: Fact | undefined, after: string): Why | undefined {
  if (!fact) return 'names a fact that the result does not have';
  if (!agrees(s.n, fact, s.in)) return 'disagrees with its fact';
  const unit = /\d$/.test(s.n) ? AFTER.exec(after)?.[1] : undefined;
  if (unit === undefined) return undefined;
  const said = shownIn(fact.unit, unit);
  const meant = shownIn(fact.unit, s.in ?? '');
  return said === undefined || said !== meant ? 'disagrees with its fact' : undefined;
}

const AFTER = /^[ \u202f]?(µs|ms|s|min|h|d|%|[KMGT]i?B)(?![\p{L}\p{N}])/u;
