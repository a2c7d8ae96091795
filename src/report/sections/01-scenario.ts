import {
  type Fact,
  type Finding,
  heading,
  join,
  list,
  name,
  paragraph,
  quote,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { incidentStart } from '../lookup.js';
import { fold, type Lookup, type Piece, type Section } from '../page.js';
import { carried, decider, findingsBy, probability } from '../parts/findings.js';
import { settleFirst } from '../parts/questions.js';
import { leading, readingPieces, readingsOf } from '../parts/readings.js';
import { capital, counted, factWords, LAYER_WORDS, momentWords, STATE, shown, tally } from '../words.js';

/** What the case is, the hypotheses with their state, what to settle first, and what the numbers imply. */
export function scenario(look: Lookup): Section {
  const { result } = look;
  const implied = [
    ...leading(look),
    ...readingsOf(look, ['load', 'saturation', 'latency-shape', 'contradiction']),
  ];
  const pieces: Piece[] = [...setting(look), ...glance(look), ...changeTable(look)];
  if (implied.length > 0)
    pieces.push(heading(say`What the numbers imply`), ...readingPieces(implied, OPEN_FIRST));
  pieces.push(heading(say`Hypotheses`), ...hypotheses(look));
  pieces.push(...settleFirst(look));
  return {
    id: 'scenario',
    title: 'Scenario and hypotheses',
    pieces: [...pieces, ...(result.extras.scenario ?? [])],
  };
}

function setting(look: Lookup): Piece[] {
  const { case: c, components, sources } = look.result;
  const { architecture, performance_issues: symptoms } = c.inputs;
  const out: Piece[] = [];
  const what = c.appName ? say`${name(c.appName)}` : say`The system`;
  if (architecture) out.push(paragraph(say`${what} is described as ${quote(architecture.trim())}.`));
  else if (components.length > 0)
    out.push(
      paragraph(
        say`${what}: no architecture was given; named or seen are ${list(components.slice(0, 12).map((x) => say`${name(x.subject.name)}`))}.`,
      ),
    );
  out.push(...calls(look));
  if (symptoms) out.push(paragraph(say`Observed: ${quote(symptoms.trim())}.`));
  const records = sources.reduce((sum, s) => sum + s.records, 0);
  out.push(
    paragraph(
      sources.length > 0
        ? say`Verdicts on ${what} rest on ${tally(records)} records of ${counted(sources.length, 'source')}; what the case says stands beside them.`
        : say`No telemetry was given for ${what}: what follows reads the stated numbers, and no cause can be more than plausible.`,
    ),
  );
  return out;
}

/** Arithmetic open in the first section: what the case turns on. */
const OPEN_FIRST = 3;
const CALLERS = 8;
const CALLEES = 8;

/** Who calls whom, one line a caller. */
function calls(look: Lookup): Piece[] {
  const { components, links } = look.result;
  const called = (id: string): Text =>
    say`${name(components.find((c) => c.subject.id === id)?.subject.name ?? id)}`;
  const byCaller = new Map<string, Set<string>>();
  for (const link of links) byCaller.set(link.from, (byCaller.get(link.from) ?? new Set()).add(link.to));
  if (byCaller.size === 0) return [];
  const lines = [...byCaller]
    .slice(0, CALLERS)
    .map(([from, to]) => say`${called(from)} → ${list([...to].slice(0, CALLEES).map(called), ', ')}`);
  return [paragraph(say`Read as: ${join(lines, '; ')}.`)];
}

interface GlanceRow {
  label: string;
  subject: string;
  /** About the system as a whole, which needs no name. */
  own: boolean;
  measured: boolean;
  cells: [Fact[], Fact[], Fact[]];
}

/** Quantities by when they hold: before or steady, in trouble or at peak, target. */
function glance(look: Lookup): Piece[] {
  const { result } = look;
  const own = new Set([result.case.app.id, result.excess?.subject.id]);
  const rows = new Map<string, GlanceRow>();
  for (const fact of result.facts) {
    // Figures without a measure of their own stand with their words under the inputs.
    if (fact.name.endsWith('.stated') && fact.name !== 'cost.stated') continue;
    if (fact.origin !== 'stated' && !(fact.origin === 'measured' && own.has(fact.subject.id) && isRed(fact)))
      continue;
    const key = `${fact.subject.id} ${fact.name}`;
    const row = rows.get(key) ?? {
      label: LATENCY_WORDS[fact.name] ?? factWords(fact.name),
      measured: fact.origin === 'measured',
      subject: fact.subject.name,
      own: fact.subject.id === result.case.app.id,
      cells: [[], [], []],
    };
    rows.set(key, row);
    row.cells[column(fact)].push(fact);
  }
  const order = [...rows.values()].sort((a, b) => filled(b) - filled(a));
  if (order.length === 0) return [];
  const cells = order.map((r) => [
    say`${r.own ? capital(say`${r.label}`) : say`${capital(say`${r.label}`)} of ${name(r.subject)}`}${r.measured ? ', measured' : ''}`,
    ...r.cells.map((facts) => cell(facts)),
  ]);
  const titles = ['Quantity', '> Before, steady', '> Now, peak', '> Target, plan'];
  const LIMIT = 14;
  const out: Piece[] = [heading(say`At a glance`), table(titles, cells.slice(0, LIMIT))];
  if (cells.length > LIMIT)
    out.push(
      fold(capital(say`${counted(cells.length - LIMIT, 'more quantity', 'more quantities')}`), [
        table(titles, cells.slice(LIMIT)),
      ]),
    );
  return out;
}

/** Measured figures that have no name in the vocabulary of stated ones. */
const LATENCY_WORDS: Readonly<Record<string, string>> = { 'latency.slow': 'mean of the slow requests' };

const isRed = (f: Fact): boolean => /^(latency\.|throughput$|errors\.)/.test(f.name);
const filled = (r: GlanceRow): number => r.cells.filter((c) => c.length > 0).length;
const column = (f: Fact): 0 | 1 | 2 =>
  f.phase === 'baseline' || f.phase === 'steady' ? 0 : f.phase === 'target' || f.phase === 'planned' ? 2 : 1;
const MAX_IN_CELL = 3;
function cell(facts: readonly Fact[]): Text {
  const texts: Text[] = [];
  const seen = new Set<string>();
  for (const f of facts) {
    const key = `${f.value} ${f.comparator}`;
    if (seen.has(key) || texts.length >= MAX_IN_CELL) continue;
    seen.add(key);
    texts.push(shown(f));
  }
  return texts.length === 0 ? say`` : list(texts, ', ');
}

function changeTable(look: Lookup): Piece[] {
  const { changes, components } = look.result;
  if (changes.length === 0) return [];
  const called = (id: string): Text =>
    say`${name(components.find((c) => c.subject.id === id)?.subject.name ?? id)}`;
  return [
    heading(say`Recent changes`),
    table(
      ['Change', 'When', 'Touches', 'Can work as'],
      changes.map((c) => [
        say`${name(c.summary || c.subject.name)}`,
        c.at
          ? say`${name(momentWords(c.at, incidentStart(look.result)))}`
          : c.when
            ? say`${quote(c.when)}`
            : say`not said`,
        c.touches.length > 0 ? list(c.touches.slice(0, 4).map(called)) : say`not said`,
        say`${c.mechanisms.map((m) => m.replaceAll('-', ' ')).join(', ')}`,
      ]),
    ),
  ];
}

const SHOWN_PLAUSIBLE = 12;

function hypotheses(look: Lookup): Piece[] {
  const first = findingsBy(look, 'supported');
  const plausible = findingsBy(look, 'plausible');
  const untested = findingsBy(look, 'untested');
  const refuted = findingsBy(look, 'refuted');
  const open = [...first, ...plausible.slice(0, SHOWN_PLAUSIBLE)];
  const later = [...plausible.slice(SHOWN_PLAUSIBLE), ...untested];
  const out: Piece[] = [];
  if (open.length > 0) out.push(findingTable(look, open));
  else
    out.push(
      paragraph(
        say`No hypothesis of the catalogue is supported or plausible on what was given for ${name(look.result.case.appName || 'this system')}.`,
      ),
    );
  if (later.length > 0) {
    const few = open.length + later.length <= 8;
    if (few && open.length === 0) out.push(findingTable(look, later));
    else
      out.push(
        fold(say`Not yet tested: ${counted(later.length, 'hypothesis', 'hypotheses')}`, [
          findingTable(look, later),
        ]),
      );
  }
  if (refuted.length > 0)
    out.push(
      paragraph(
        capital(
          say`${counted(refuted.length, 'cause was', 'causes were')} ruled out; the list with the reason of each is behind section 10.`,
        ),
      ),
    );
  return out;
}

function findingTable(look: Lookup, findings: readonly Finding[]): Extract<Piece, { kind: 'table' }> {
  const claims = findings.some((f) => f.claim);
  const stated = !claims;
  const rows = findings.map((f) => [
    say`${STATE[f.verdict]}`,
    f.title,
    say`${LAYER_WORDS[f.layer]}`,
    probability(look, f),
    ...(claims ? [carried(look, f)] : []),
    ...(stated ? [] : [decider(look, f)]),
    f.refutedIf,
  ]);
  return table(
    [
      'State',
      'Cause',
      'Layer',
      '> Probability',
      ...(claims ? ['> Carries'] : []),
      ...(stated ? [] : ['Decided by']),
      'Ruled out if',
    ],
    rows,
  ) as Extract<Piece, { kind: 'table' }>;
}
