import {
  code,
  heading,
  join,
  type Measurement,
  name,
  paragraph,
  plain,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { fold, type Lookup, type Piece, type Section } from '../page.js';
import { toolsFor } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { titleOf } from '../parts/findings.js';
import { liveSources } from '../parts/live-sources.js';
import { readingPieces, readingsOf } from '../parts/readings.js';
import { capital, counted, effortWords, LAYER_WORDS, tally } from '../words.js';

const IN_TABLE = 9;
const OPEN_COMMANDS = 3;
/** The commands of the others are in the machine result. */
const WITH_COMMAND = 4;

/** What to measure, in order of what it tells for its work; the experiment that separates the changes. */
export function measurement(look: Lookup): Section {
  const { result } = look;
  const plan = distinct(result.measurements);
  const pieces: Piece[] = [];
  const usual = usualWindow(plan);
  if (plan.length === 0) pieces.push(nothingOpen(look));
  else {
    pieces.push(
      paragraph(
        say`In order of what each tells for the work it takes, with the tools of ${name(result.case.appName || 'the system')}.${usual ? say` Window, where none is named: ${usual}.` : []}`,
      ),
      table(
        ['#', 'Signal', 'Layer', 'Tool', 'Window', 'How to read it', 'Work'],
        plan.slice(0, IN_TABLE).map((m, i) => row(m, i, usual)),
      ),
    );
    plan.slice(0, OPEN_COMMANDS).forEach((m, i) => {
      pieces.push(code(m.language, m.command, say`Command ${tally(i + 1)}: ${m.question}`));
    });
    const rest = plan.slice(OPEN_COMMANDS, WITH_COMMAND);
    if (rest.length > 0)
      pieces.push(
        fold(
          capital(say`${counted(rest.length, 'more command')}`),
          rest.map((m, i) =>
            code(m.language, m.command, say`Command ${tally(i + 1 + OPEN_COMMANDS)}: ${m.question}`),
          ),
        ),
      );
    const later = plan.slice(IN_TABLE);
    if (later.length > 0)
      pieces.push(
        paragraph(
          capital(
            say`${counted(later.length, 'measurement')} that tell less, with their commands in ${name('result.json')}: ${join(
              later.map((m) => m.signal),
              ' · ',
            )}.`,
          ),
        ),
      );
  }
  const changes = readingsOf(look, ['change']);
  if (changes.length > 0) pieces.push(heading(say`Telling the changes apart`), ...readingPieces(changes));
  return {
    id: 'measurement',
    title: 'Measurement plan',
    pieces: [
      ...pieces,
      ...liveSources(look),
      ...(result.extras.measurement ?? []),
      ...deliverablePieces(telemetryFiles(look)),
    ],
  };
}

/** Files that decide what is recorded, and profiles: they belong to measuring. */
const telemetryFiles = (look: Lookup) => [
  ...deliverablesOf(look, 'config').filter((d) => d.path.startsWith('telemetry/')),
  ...deliverablesOf(look, 'profiling'),
];

/** Measurements that look the same to a reader (one signal by one tool, of several parts) are one row. */
function distinct(plan: readonly Measurement[]): Measurement[] {
  const seen = new Set<string>();
  return plan.filter((m) => {
    const key = [m.tool, plain(m.signal), plain(m.window), plain(m.decides)].join('|');
    return !seen.has(key) && seen.add(key);
  });
}

/** The window that most measurements share; it is said once. */
function usualWindow(plan: readonly Measurement[]): Text | undefined {
  const count = new Map<string, { window: Text; n: number }>();
  for (const m of plan) {
    const key = plain(m.window);
    count.set(key, { window: m.window, n: (count.get(key)?.n ?? 0) + 1 });
  }
  const most = [...count.values()].reduce<{ window: Text; n: number } | undefined>(
    (a, b) => (a && a.n >= b.n ? a : b),
    undefined,
  );
  return most && most.n > 2 ? most.window : undefined;
}

const row = (m: Measurement, i: number, usual: Text | undefined): Text[] => [
  say`${tally(i + 1)}`,
  m.signal,
  say`${LAYER_WORDS[m.layer]}`,
  plain(say`${m.tool}`) === '' ? say`–` : say`${{ name: m.tool }}`,
  usual && plain(usual) === plain(m.window) ? say`` : m.window,
  m.decides,
  say`${effortWords(m.effortMinutes)}`,
];

function nothingOpen(look: Lookup): Piece {
  const { result } = look;
  const settled = result.findings.filter((f) => f.verdict === 'supported');
  const first = settled[0];
  if (first)
    return paragraph(
      say`Nothing is left open for ${titleOf(look, first.id)} and the causes beside it: every prediction was decided on the telemetry given. After the change of section 4, measure the same window again and compare.`,
    );
  const tools = toolsFor(look, 'traces', 'apm', 'metrics');
  return paragraph(
    tools
      ? say`No hypothesis applies to what was said of ${name(result.case.appName || 'the system')}, so none asks for a measurement. Traces and metrics from ${tools} over one slow and one normal window would open this section.`
      : say`No hypothesis applies to what was said of ${name(result.case.appName || 'the system')}, and no telemetry tool was named; the architecture and the tools in use would open this section.`,
  );
}
