import {
  bullets,
  type Finding,
  join,
  list,
  name,
  num,
  type Observation,
  plain,
  say,
  type Text,
} from '../../domain/index.js';
import { type Lookup, note, type Piece } from '../page.js';
import { STATE } from '../words.js';

export const findingsBy = (look: Lookup, ...verdicts: Finding['verdict'][]): Finding[] =>
  look.result.findings.filter((f) => verdicts.includes(f.verdict));

/** The probability as a number that leads to its fact; a dash when no fact holds it. */
export function probability(look: Lookup, finding: Finding): Text {
  const fact = look.facts.find({ name: 'finding.probability', subject: finding.id });
  return fact ? say`${num(fact, { digits: 2 })}` : say`–`;
}

/** Milliseconds and share of the excess that a finding carries. */
export function carried(look: Lookup, finding: Finding): Text {
  const facts = (finding.claim?.facts ?? []).map((id) => look.fact(id)).filter((f) => f !== undefined);
  return facts.length === 0
    ? say`–`
    : join(
        facts.map((f) => say`${num(f, { digits: f.unit === 'ratio' ? 2 : 3 })}`),
        ' · ',
      );
}

const SHORT_COMMAND = 90;

/** What settles an open finding: the command of its first measurement when that is short, else its signal. */
export function decider(look: Lookup, finding: Finding): Text {
  if (finding.verdict !== 'untested') return finding.decidedBy;
  const first = look.result.measurements.find((m) => finding.measurements.includes(m.id));
  if (!first) return finding.decidedBy;
  const command = plain(first.command).trim();
  return command.length <= SHORT_COMMAND && !command.includes('\n')
    ? say`not measured yet: ${first.signal}, by ${name(command)}`
    : say`not measured yet: ${first.signal}; section 2 has the command`;
}

export const titleOf = (look: Lookup, id: string): Text =>
  look.result.findings.find((f) => f.id === id)?.title ?? say`${name(id)}`;

/** A finding with its mechanism and every observation that speaks for or against it. */
export function findingNote(look: Lookup, finding: Finding): Piece {
  const changes = finding.changes
    .map((id) => look.result.changes.find((c) => c.subject.id === id))
    .filter((c) => c !== undefined);
  const lead = finding.claim
    ? say`${STATE[finding.verdict]} (${probability(look, finding)}): ${finding.title}; carries ${carried(look, finding)}`
    : say`${STATE[finding.verdict]} (${probability(look, finding)}): ${finding.title}`;
  const seen = finding.observations.filter((o) => o.outcome !== 'unmeasured');
  const open = finding.observations.filter((o) => o.outcome === 'unmeasured');
  const said = [...new Map(seen.map((o) => [plain(o.says), o])).values()];
  const items: Text[] = said.length > 0 ? [join(said.map(observed), '; ')] : [];
  if (open.length > 0)
    items.push(
      say`– open: ${join(
        open.map((o) => o.says),
        '; ',
      )}`,
    );
  if (changes.length > 0)
    items.push(say`fits by mechanism: ${list(changes.map((c) => say`${name(c.subject.name)}`))}`);
  if (finding.rival) items.push(say`explains the same time: ${titleOf(look, finding.rival)}`);
  return note(lead, [{ kind: 'paragraph', text: finding.statement }, bullets(items)]);
}

function observed(o: Observation): Text {
  const sign = o.outcome === 'seen' ? '✓ seen' : '✕ absent';
  return o.basis === 'stated' ? say`${sign} (as stated): ${o.says}` : say`${sign}: ${o.says}`;
}
