import {
  type Block,
  bullets,
  type Fact,
  type Finding,
  INPUT_KEYS,
  type InputKey,
  list,
  name,
  type Provenance,
  paragraph,
  quote,
  range,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { fold, type Lookup, type Piece, type Section } from './page.js';
import { findingsBy, titleOf } from './parts/findings.js';
import { capital, counted, factTitle, INPUT_WORDS, LAYER_WORDS, shown, spanWords, tally } from './words.js';

/** A stretch of an input's text; understood stretches name the facts or words they gave. */
export interface Stretch {
  text: string;
  understood: 'number' | 'word' | 'no' | 'plain';
  facts: Fact[];
}
export interface InputView {
  key: InputKey;
  title: string;
  stretches: Stretch[];
  facts: Fact[];
}

/** What stands behind the ten sections, but for the inputs and the facts, which renderers draw in their own way. */
export function backOf(look: Lookup): Section[] {
  return [ruledOut(look), gaps(look)];
}

function ruledOut(look: Lookup): Section {
  const refuted = findingsBy(look, 'refuted');
  const pieces: Piece[] =
    refuted.length === 0
      ? [
          paragraph(
            look.result.sources.length > 0
              ? say`No hypothesis was ruled out by what was measured.`
              : say`Nothing was ruled out for ${name(look.result.case.appName || 'the system')}: only a measurement can.`,
          ),
        ]
      : ruledOutTable(look, refuted);
  return { id: 'ruled-out', title: 'Causes ruled out', pieces };
}

const RULED_OUT_OPEN = 10;

function ruledOutTable(look: Lookup, refuted: readonly Finding[]): Piece[] {
  const part = (findings: readonly Finding[]): Block =>
    table(
      ['Cause', 'Layer', 'Ruled out because'],
      findings.map((f) => [
        f.title,
        say`${LAYER_WORDS[f.layer]}`,
        f.rival ? say`${f.decidedBy} (explained by ${titleOf(look, f.rival)})` : f.decidedBy,
      ]),
    );
  const more = refuted.slice(RULED_OUT_OPEN);
  if (more.length === 0) return [part(refuted)];
  return [
    part(refuted.slice(0, RULED_OUT_OPEN)),
    fold(capital(say`${counted(more.length, 'more cause')}`), [part(more)]),
  ];
}

function gaps(look: Lookup): Section {
  const { result } = look;
  const pieces: Piece[] = [];
  if (result.gaps.length > 0)
    pieces.push(
      table(
        ['Missing', 'What that leaves open'],
        result.gaps.map((g) => [g.text, g.matters]),
      ),
    );
  if (result.problems.length > 0)
    pieces.push(
      table(
        ['Problem', 'Where', 'What to do'],
        result.problems.map((p) => [
          say`${p.severity}: ${name(p.what)}`,
          say`${name(p.where)}`,
          say`${name(p.todo)}`,
        ]),
      ),
    );
  if (pieces.length === 0)
    pieces.push(
      paragraph(
        say`All ten inputs were given for ${name(result.case.appName)}, and all that was given could be read.`,
      ),
    );
  return { id: 'gaps', title: 'Gaps and problems', pieces };
}

/** Every given input with what was understood of it in place. */
export function inputViews(look: Lookup): InputView[] {
  const { case: c } = look.result;
  return INPUT_KEYS.flatMap((key): InputView[] => {
    const text = c.inputs[key];
    if (text === undefined || text === '') return [];
    const facts = look.result.facts.filter((f) => f.from.some((p) => isIn(p, key)));
    return [{ key, title: INPUT_WORDS[key], stretches: stretchesOf(look, key, text, facts), facts }];
  });
}

/** Inputs of the ten that were not given. */
export const inputsNotGiven = (look: Lookup): string[] =>
  INPUT_KEYS.filter((key) => !look.result.case.inputs[key]).map((key) => INPUT_WORDS[key]);

type InputPlace = Extract<Provenance, { kind: 'input' }>;
const isIn = (p: Provenance, key: InputKey): p is InputPlace => p.kind === 'input' && p.input === key;

function stretchesOf(look: Lookup, key: InputKey, text: string, facts: readonly Fact[]): Stretch[] {
  const { case: c } = look.result;
  const number = new Map<number, Fact[]>();
  const word = new Set<number>();
  const no = new Set<number>();
  const each = (place: { start: number; end: number }, mark: (i: number) => void): void => {
    for (let i = Math.max(0, place.start); i < Math.min(text.length, place.end); i++) mark(i);
  };
  for (const fact of facts)
    for (const p of fact.from)
      if (isIn(p, key)) each(p, (i) => number.set(i, [...(number.get(i) ?? []), fact]));
  const places = [
    ...c.components.flatMap((x) => x.places),
    ...c.symptoms.map((x) => x.place),
    ...c.constraints.map((x) => x.place),
    ...c.tools.map((x) => x.place),
    ...c.traits.map((x) => x.place),
    ...c.changes.flatMap((x) => (x.place ? [x.place] : [])),
  ].filter((p) => p.input === key);
  for (const p of places) each(p, (i) => word.add(i));
  for (const p of c.notUnderstood) if (p.input === key) each(p, (i) => no.add(i));
  const out: Stretch[] = [];
  for (let i = 0; i < text.length; i++) {
    const own = number.get(i) ?? [];
    const understood = own.length > 0 ? 'number' : no.has(i) ? 'no' : word.has(i) ? 'word' : 'plain';
    const last = out[out.length - 1];
    if (last && last.understood === understood && sameFacts(last.facts, own)) last.text += text.charAt(i);
    else out.push({ text: text.charAt(i), understood, facts: own });
  }
  return out;
}

const sameFacts = (a: readonly Fact[], b: readonly Fact[]): boolean =>
  a.length === b.length && a.every((f, i) => f === b[i]);

/** The facts a report rests on: those its texts name, and in turn those they were computed from. */
export function factsReached(look: Lookup, refs: Iterable<string>): Fact[] {
  const reached = new Set<string>();
  const walk = (id: string): void => {
    const fact = look.fact(id);
    if (!fact || reached.has(id)) return;
    reached.add(id);
    for (const p of fact.from) if (p.kind === 'formula') for (const f of p.facts) walk(f);
  };
  for (const ref of refs) walk(ref);
  return look.result.facts.filter((f) => reached.has(f.id));
}

/** How a fact came about. */
export const origin = (fact: Fact): Text => list(fact.from.map(provenance), '; ');

function provenance(p: Provenance): Text {
  switch (p.kind) {
    case 'input':
      return say`${quote(p.text)} in ${name(p.input)}`;
    case 'query':
      return say`${name(p.query)} over ${tally(p.rows)} records${p.sources.length > 0 ? say` of ${list(p.sources.slice(0, 4).map((s) => say`${name(s)}`))}` : say``}`;
    case 'formula':
      return say`${name(p.formula)}`;
    case 'document':
      return say`${name(`${p.source}, ${p.date}`)}`;
    case 'file':
      return say`${name(`${p.path}${p.line === undefined ? '' : `:${p.line}`}${p.offset === undefined ? '' : ` byte ${p.offset}`}`)}`;
  }
}

/** Facts that are constants of the method or known of products, which belong to the method, not to the case. */
export const isMethod = (f: Fact): boolean => f.origin === 'constant' || f.origin === 'knowledge';

export const factHeads = ['Fact', '> Value', '> Interval', 'Sample', 'Known by', 'From'] as const;

/** One line of the appendix. */
export function factRow(fact: Fact): Text[] {
  return [
    isMethod(fact) ? say`${name(fact.name)}, ${name(fact.subject.name)}` : factTitle(fact),
    shown(fact),
    fact.interval ? say`${range(fact)}` : say``,
    sample(fact),
    say`${fact.origin === fact.basis ? fact.origin : `${fact.origin}, ${fact.basis}`}`,
    fact.condition ? say`${origin(fact)}, ${quote(fact.condition)}` : origin(fact),
  ];
}

function sample(fact: Fact): Text {
  const n = fact.n === undefined ? say`` : say`n = ${tally(fact.n)}`;
  if (!fact.window) return n;
  const when = say`${name(spanWords(fact.window.from, fact.window.to))}`;
  return fact.n === undefined ? when : say`${n}, ${when}`;
}

const QUERIES_SHOWN = 6;

/** What was asked of live systems: the first queries of each, with when they were answered and the answer's hash. */
const asked = (sources: Lookup['result']['sources']): Block =>
  fold(
    say`What was asked of live systems`,
    sources.flatMap((s) =>
      s.asked
        ? [
            paragraph(
              say`${name(s.path)}${s.asked.address === '' ? say`` : say`, ${name(s.asked.address)}`}: ${counted(s.asked.calls, 'call')} for ${name(spanWords(s.asked.from, s.asked.to))}.`,
            ),
            ...(s.asked.queries.length > 0
              ? [
                  table(
                    ['Query', 'Answered', '> Records', 'SHA-256'],
                    s.asked.queries
                      .slice(0, QUERIES_SHOWN)
                      .map((q) => [
                        say`${name(q.query.length > 160 ? `${q.query.slice(0, 160)}…` : q.query)}`,
                        say`${name(q.at)}`,
                        say`${tally(q.records)}`,
                        say`${name(q.sha256.slice(0, 12))}`,
                      ]),
                  ),
                ]
              : []),
            ...(s.asked.queries.length + s.asked.more > QUERIES_SHOWN
              ? [
                  paragraph(
                    say`${counted(s.asked.queries.length + s.asked.more - QUERIES_SHOWN, 'more query', 'more queries')}: in ${name('result.json')} and, each one, in the evidence file.`,
                  ),
                ]
              : []),
          ]
        : [],
    ),
  );

/** The sources as read, and what was cut from them. */
export function sourceBlocks(look: Lookup): Block[] {
  const { sources, redactions } = look.result;
  const out: Block[] = [];
  if (sources.length > 0)
    out.push(
      table(
        ['Source', 'Format', 'Role', '> Records', 'Span of time', 'SHA-256'],
        sources.map((s) => [
          say`${name(s.path)}`,
          say`${name(s.format)}, by ${name(s.recognisedBy)}`,
          say`${s.role}`,
          say`${tally(s.records)}`,
          s.from && s.to ? say`${name(spanWords(s.from, s.to))}` : say``,
          say`${name(s.sha256.slice(0, 12))}`,
        ]),
      ),
    );
  if (sources.some((s) => s.asked)) out.push(asked(sources));
  if (sources.length === 0)
    out.push(paragraph(say`No telemetry was given; the only source is the text of the case.`));
  if (redactions.length > 0)
    out.push(
      paragraph(say`Cut before anything was stored; the values are nowhere in this report:`),
      bullets(redactions.map((r) => say`${tally(r.count)} × ${name(r.kind)} in ${name(r.source)}`)),
    );
  else out.push(paragraph(say`Redaction found nothing to cut.`));
  return out;
}
