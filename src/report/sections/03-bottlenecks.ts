import {
  bullets,
  type Fact,
  type Finding,
  heading,
  join,
  LAYERS,
  type Layer,
  list,
  name,
  num,
  paragraph,
  plain,
  type Reading,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { loadChart } from '../charts/load.js';
import { percentilesChart } from '../charts/percentiles.js';
import { saturationChart } from '../charts/saturation.js';
import { chart, fold, type Lookup, type Piece, type Section } from '../page.js';
import { inLayer, named, toolsFor } from '../parts/components.js';
import { carried, findingNote, probability, titleOf } from '../parts/findings.js';
import { leading, readingPieces } from '../parts/readings.js';
import { capital, counted, factWords, LAYER_WORDS, phaseWords, STATE, shown, tally } from '../words.js';

/** Layer by layer: what was seen there, what it means, and how sure that is. */
export function bottlenecks(look: Lookup): Section {
  // Where nothing was measured the percentiles already stand in front.
  const measured = look.result.excess !== undefined || look.result.paths.length > 0;
  const charts = [measured ? percentilesChart(look) : undefined, loadChart(look), saturationChart(look)];
  const pieces: Piece[] = charts.filter((c) => c !== undefined).map((c) => chart(c, !measured));
  pieces.push(
    table(
      ['Layer', 'What is known', 'What it means', 'State'],
      LAYERS.map((layer) => overview(look, layer)),
    ),
  );
  pieces.push(...cellPieces(look));
  if (look.result.sources.length === 0) pieces.push(...statedOnly(look));
  else
    for (const layer of LAYERS) pieces.push(heading(say`${LAYER_WORDS[layer]}`), ...layerPieces(look, layer));
  return {
    id: 'bottlenecks',
    title: 'Bottlenecks per layer',
    pieces: [...pieces, ...(look.result.extras.bottlenecks ?? [])],
  };
}

const standingIn = (look: Lookup, layer: Layer) =>
  look.result.findings.filter((f) => f.layer === layer && f.verdict !== 'refuted');

function overview(look: Lookup, layer: Layer): Text[] {
  const facts = layerFacts(look, layer).slice(0, 3);
  const reading = layerReadings(look, layer)[0];
  const finding = standingIn(look, layer)[0];
  const known =
    facts.length > 0
      ? list(facts.map((f) => say`${factWords(f.name)} of ${name(f.subject.name)} ${shown(f)}`))
      : inLayer(look, layer).length > 0
        ? say`${named(inLayer(look, layer), '')}; no numbers`
        : say`nothing given`;
  const means = finding
    ? finding.claim
      ? say`${finding.title}: ${carried(look, finding)}`
      : finding.title
    : reading
      ? say`no cause of the catalogue stands out; ${whereTold(look, [reading])}`
      : say`see below what would tell`;
  const told =
    reading && look.result.sources.length === 0 && finding
      ? say`; ${whereTold(look, layerReadings(look, layer))}`
      : say``;
  const state = finding ? say`${STATE[finding.verdict]}` : reading ? say`read from numbers` : say`○ untested`;
  return [say`${LAYER_WORDS[layer]}`, known, say`${means}${told}`, state];
}

/** With nothing measured all causes fit one table: what each does, what was said for it, what only a measurement tells. */
function statedOnly(look: Lookup): Piece[] {
  const plausible = look.result.findings.filter((f) => f.verdict === 'plausible');
  const shown = LAYERS.flatMap((layer) =>
    plausible.filter((f) => f.layer === layer).slice(0, STATED_FINDINGS),
  );
  const first = new Set(leading(look).map((r) => r.id));
  const own = look.result.readings.filter((r) => r.topic === 'dependency' && !first.has(r.id));
  const silent = LAYERS.filter(
    (l) => !plausible.some((f) => f.layer === l) && layerReadings(look, l).length === 0,
  );
  return [
    ...(shown.length === 0
      ? []
      : [
          heading(say`What speaks for each cause`),
          table(
            ['Cause', 'How it works', 'Said for it', 'Open until measured'],
            shown.map((f) => [say`${f.title} (${probability(look, f)})`, f.statement, saidFor(f), openOf(f)]),
          ),
        ]),
    ...readingPieces(own),
    ...(silent.length === 0
      ? []
      : [bullets(silent.map((l) => say`${LAYER_WORDS[l]}: ${wouldTell(look, l, undefined)}`))]),
  ];
}

const STATED_FINDINGS = 4;

const distinctSays = (f: Finding, open: boolean): Text[] => [
  ...new Map(
    f.observations.filter((o) => (o.outcome === 'unmeasured') === open).map((o) => [plain(o.says), o.says]),
  ).values(),
];
const saidFor = (f: Finding): Text => {
  const said = distinctSays(f, false);
  return said.length > 0 ? join(said, '; ') : say`only its mechanism fits`;
};
const openOf = (f: Finding): Text => {
  const open = distinctSays(f, true);
  return open.length > 0 ? join(open, '; ') : say`nothing more`;
};

function layerPieces(look: Lookup, layer: Layer): Piece[] {
  const readings = layerReadings(look, layer);
  const findings = standingIn(look, layer);
  const strong = findings.filter((f) => f.verdict === 'supported' || f.verdict === 'plausible');
  const pieces: Piece[] = [];
  const first = new Set(leading(look).map((r) => r.id));
  const own = readings.filter((r) => r.topic === 'dependency' && !first.has(r.id));
  // Without a finding the table above shows the first reading; it is not said twice.
  const inTable = findings.length === 0 ? readings[0] : undefined;
  const told = readings.filter((r) => !own.includes(r) && r !== inTable);
  if (told.length > 0) pieces.push(paragraph(capital(say`${whereTold(look, told)}.`)));
  pieces.push(...readingPieces(own));
  pieces.push(...strong.slice(0, OPEN_FINDINGS).map((f) => findingNote(look, f)));
  const facts = layerFacts(look, layer);
  // Stated numbers are all in the overview of section 1.
  const measured = facts.filter((f) => f.origin === 'measured');
  if (measured.length > 0) pieces.push(fold(say`Numbers of this layer`, [factTable(measured)]));
  const untested = [...strong.slice(OPEN_FINDINGS), ...findings.filter((f) => f.verdict === 'untested')];
  if (untested.length > 0)
    pieces.push(paragraph(say`Also open here: ${list(untested.slice(0, 8).map((f) => f.title))}.`));
  if (pieces.length === 0 || (told.length === 0 && own.length === 0 && strong.length === 0))
    pieces.push(paragraph(wouldTell(look, layer, inTable)));
  return pieces;
}

/** The section in which a reading of a topic shows its arithmetic. */
const HOME: Record<Reading['topic'], string> = {
  load: '1',
  saturation: '1',
  'latency-shape': '1',
  contradiction: '1',
  change: '2',
  dependency: '3',
  budget: '4',
  cache: '5',
  queue: '5',
  database: '6',
  capacity: '10',
  cost: '10',
};

/** Readings of a layer stand where their arithmetic does; here is where. */
function whereTold(look: Lookup, readings: readonly Reading[]): Text {
  const first = new Set(leading(look).map((r) => r.id));
  const homes = [...new Set(readings.map((r) => (first.has(r.id) ? '1' : HOME[r.topic])))].sort(
    (a, b) => Number(a) - Number(b),
  );
  return say`what its numbers imply stands in section${homes.length > 1 ? 's' : ''} ${list(homes.map((h) => say`${tally(Number(h))}`))}`;
}

const OPEN_FINDINGS = 3;
const FACTS_SHOWN = 24;

function factTable(facts: readonly Fact[]): Extract<Piece, { kind: 'table' }> {
  return table(
    ['Quantity', 'Of', 'When', '> Value', 'Known by'],
    facts
      .slice(0, FACTS_SHOWN)
      .map((f) => [
        say`${factWords(f.name)}`,
        say`${name(f.subject.name)}`,
        say`${phaseWords(f)}`,
        shown(f),
        say`${f.basis}`,
      ]),
  ) as Extract<Piece, { kind: 'table' }>;
}

function layerReadings(look: Lookup, layer: Layer) {
  const ids = new Set(inLayer(look, layer).map((c) => c.subject.id));
  return look.result.readings.filter(
    (r) =>
      (r.layer ?? (ids.has(r.subject.id) ? layer : r.topic === 'dependency' ? 'dependency' : undefined)) ===
      layer,
  );
}

/** What a reader looks at first: the tail, failures, how full things are, what is waited for. */
const FIRST_NAMES = [
  'latency.p99',
  'errors.ratio',
  'cpu.utilisation',
  'connections.utilisation',
  'connections.used',
  'cache.hitRatio',
  'queue.depth',
  'queue.delay',
  'pool.wait.p99',
  'lock.wait.p99',
  'latency.mean',
  'throughput',
];
const FIRST_PHASES = ['incident', 'peak', 'any'];

/** Given or measured numbers of the components of a layer and of what they own, the telling ones first. */
function layerFacts(look: Lookup, layer: Layer): Fact[] {
  const components = inLayer(look, layer);
  const ids = new Set(components.map((c) => c.subject.id));
  const services = new Set(components.filter((c) => c.kind === 'service').map((c) => c.subject.name));
  const owned = (f: Fact): boolean =>
    ids.has(f.subject.id) ||
    (f.subject.kind !== 'statement' && f.subject.service !== undefined && services.has(f.subject.service));
  return look.result.facts
    .filter((f) => (f.origin === 'stated' || f.origin === 'measured') && f.name !== 'version' && owned(f))
    .map((fact, at) => ({ fact, at, place: place(FIRST_NAMES, fact.name) * 2 + phasePlace(fact) }))
    .sort((a, b) => a.place - b.place || a.at - b.at)
    .map((x) => x.fact);
}

const place = (order: readonly string[], of: string): number => {
  const at = order.indexOf(of);
  return at < 0 ? order.length : at;
};
const phasePlace = (f: Fact): number => (FIRST_PHASES.includes(f.phase) ? 0 : 1);

const CELLS_SHOWN = 10;
/** With what is folded; beyond these a cell carries next to nothing, and is in the machine result. */
const CELLS_KEPT = 40;

/** Where the time of slow requests went: the cells that the excess budget was added up from. */
function cellPieces(look: Lookup): Piece[] {
  const { excess } = look.result;
  if (!excess || excess.cells.length === 0) return [];
  const rows = excess.cells
    .flatMap((cell) => {
      const fact = look.fact(cell.excessMs);
      return fact ? [{ cell, fact }] : [];
    })
    .sort((a, b) => b.fact.value - a.fact.value);
  const value = (id: string): Text => {
    const fact = look.fact(id);
    return fact ? say`${num(fact)}` : say``;
  };
  const lines = rows.map(({ cell, fact }) => [
    say`${name(cell.service)} ${name(cell.operation)}`,
    say`${cell.kind.replaceAll('-', ' ')}`,
    value(cell.baselineMs),
    value(cell.incidentMs),
    say`${num(fact)}`,
    cell.finding ? titleOf(look, cell.finding) : say``,
  ]);
  const heads = ['Where', 'Kind', '> Before', '> Now', '> Excess', 'Cause'];
  const out: Piece[] = [
    heading(say`Where the time of slow requests went`),
    paragraph(
      say`Exclusive time on the critical path of the slow requests of ${name(excess.subject.name)}; the rows add up to their mean duration.`,
    ),
    table(heads, lines.slice(0, CELLS_SHOWN)),
  ];
  const folded = lines.slice(CELLS_SHOWN, CELLS_KEPT);
  if (folded.length > 0)
    out.push(fold(capital(say`${counted(folded.length, 'more row')}`), [table(heads, folded)]));
  if (lines.length > CELLS_KEPT)
    out.push(
      paragraph(
        capital(say`${counted(lines.length - CELLS_KEPT, 'smaller row')} are in ${name('result.json')}.`),
      ),
    );
  return out;
}

/** Signals that tell most about a layer, and the tool roles that have them. */
const TELLING: Record<Layer, { signals: string; roles: string[] }> = {
  client: { signals: 'time to first byte, payload size and retries as clients see them', roles: ['rum'] },
  api: {
    signals: 'processor time, event-loop or thread-pool delay and pauses per instance',
    roles: ['apm', 'profiler', 'metrics'],
  },
  cache: { signals: 'hits, misses, evictions and the busiest key per node', roles: ['metrics', 'apm'] },
  database: {
    signals: 'time and rows per statement, waits, locks and connections in use',
    roles: ['apm', 'metrics', 'logs'],
  },
  infrastructure: {
    signals: 'utilisation, saturation and throttling of every host or container',
    roles: ['metrics', 'dashboards'],
  },
  dependency: {
    signals: 'duration, errors, time-outs and retries of each outgoing call',
    roles: ['traces', 'apm'],
  },
};

function wouldTell(look: Lookup, layer: Layer, read: Reading | undefined): Text {
  const components = inLayer(look, layer);
  const measurement = look.result.measurements.find((m) => m.layer === layer);
  const who = read
    ? capital(say`${whereTold(look, [read])}.`)
    : components.length > 0
      ? say`Nothing was given or measured that loads or clears ${named(components, '')}.`
      : say`No ${LAYER_WORDS[layer].toLowerCase()} component of ${name(look.result.case.appName || 'the system')} was named or seen.`;
  const app = name(look.result.case.appName || 'the system');
  if (measurement) return say`${who} To tell of ${app}: ${measurement.signal}; section 2 has the command.`;
  const tools = toolsFor(look, ...TELLING[layer].roles);
  return tools
    ? say`${who} To tell: ${TELLING[layer].signals}, from ${tools}.`
    : say`${who} To tell of ${app}: ${TELLING[layer].signals}; no tool that has them was named.`;
}
