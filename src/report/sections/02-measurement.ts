import {
  code,
  heading,
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
import { titleOf } from '../parts/findings.js';
import { readingPieces, readingsOf } from '../parts/readings.js';
import { capital, counted, effortWords, LAYER_WORDS, tally } from '../words.js';

const IN_TABLE = 12;
const OPEN_COMMANDS = 3;

/** What to measure, in order of what it tells for its work; the experiment that separates the changes. */
export function measurement(look: Lookup): Section {
  const { result } = look;
  const plan = result.measurements;
  const pieces: Piece[] = [];
  if (plan.length === 0) pieces.push(nothingOpen(look));
  else {
    pieces.push(
      paragraph(
        say`In order of what each tells for the work it takes, with the tools of ${name(result.case.appName || 'the system')}.`,
      ),
      table(
        ['#', 'Signal', 'Layer', 'Tool', 'Window', 'How to read it', 'Work'],
        plan.slice(0, IN_TABLE).map(row),
      ),
    );
    plan.slice(0, OPEN_COMMANDS).forEach((m, i) => {
      pieces.push(code(m.language, m.command, say`Command ${tally(i + 1)}: ${m.question}`));
    });
    const rest = plan.slice(OPEN_COMMANDS, IN_TABLE);
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
        fold(capital(say`${counted(later.length, 'measurement')} that tell less`), [
          table(
            ['#', 'Signal', 'Layer', 'Tool', 'Window', 'How to read it', 'Work'],
            later.map((m, i) => row(m, i + IN_TABLE)),
          ),
          ...later.map((m, i) =>
            code(m.language, m.command, say`Command ${tally(i + 1 + IN_TABLE)}: ${m.question}`),
          ),
        ]),
      );
  }
  const changes = readingsOf(look, ['change']);
  if (changes.length > 0) pieces.push(heading(say`Telling the changes apart`), ...readingPieces(changes));
  return {
    id: 'measurement',
    title: 'Measurement plan',
    pieces: [...pieces, ...(result.extras.measurement ?? [])],
  };
}

const row = (m: Measurement, i: number): Text[] => [
  say`${tally(i + 1)}`,
  m.signal,
  say`${LAYER_WORDS[m.layer]}`,
  plain(say`${m.tool}`) === '' ? say`–` : say`${{ name: m.tool }}`,
  m.window,
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
      : say`No hypothesis applies to what was said of ${name(result.case.appName || 'the system')}, and no telemetry tool was named. The architecture and the tools in use would open this section.`,
  );
}
