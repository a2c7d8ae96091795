import {
  bullets,
  list,
  name,
  num,
  plain,
  type Reading,
  type Recommendation,
  say,
  type Text,
} from '../domain/index.js';
import { criticalPathChart } from './charts/critical-path.js';
import { excessBudgetChart } from './charts/excess-budget.js';
import { percentilesChart } from './charts/percentiles.js';
import type { Chart, Lookup, Piece } from './page.js';
import { chart, note } from './page.js';
import { VERDICT_WORDS } from './words.js';

/** One of the at most three changes in front. */
export interface Card {
  rank: number;
  title: Text;
  benefit: Text;
  risk: string;
  effort: string;
  approvals: Text;
  verification: Text;
  command?: Text;
}

/** What stands before the ten sections. */
export interface Front {
  kind: keyof typeof VERDICT_WORDS;
  kindWords: string;
  verdict: Text;
  budget: Chart | undefined;
  cards: Card[];
  paths: Chart | undefined;
  /** In place of the charts when nothing was measured: the strongest readings and the first question. */
  implied: Piece[];
}

const CARDS = 3;
const READINGS = 6;
const LEVERS = 2;

export function frontOf(look: Lookup): Front {
  const { result } = look;
  const budget = excessBudgetChart(look);
  const paths = criticalPathChart(look);
  const spend = isSpend(look);
  const ranked = [...result.recommendations].sort((a, b) => a.rank - b.rank);
  return {
    kind: result.verdict.kind,
    kindWords: spend ? 'Nothing is slow; what can be saved' : VERDICT_WORDS[result.verdict.kind],
    verdict: result.verdict.text,
    budget,
    // What makes answers quicker or calls safer was not asked for.
    cards: ranked
      .filter((r) => !spend || r.section === 'capacity')
      .slice(0, CARDS)
      .map(card),
    paths,
    implied: budget || paths ? [] : spend ? savings(look) : implied(look),
  };
}

const SPEND = new Set(['cost', 'planned-load']);

/** Nothing hurts but the bill, and no cause was named. */
const isSpend = (look: Lookup): boolean => {
  const { symptoms } = look.result.case;
  return (
    look.result.verdict.kind === 'no-cause' &&
    symptoms.some((s) => s.kind === 'cost') &&
    symptoms.every((s) => SPEND.has(s.kind)) &&
    costs(look).length > 0
  );
};

const costs = (look: Lookup): Reading[] =>
  look.result.readings.filter((r) => r.topic === 'cost').sort((a, b) => b.weight - a.weight);

/** The levers with their arithmetic, then the room that the targets leave for them. */
function savings(look: Lookup): Piece[] {
  const verdict = plain(look.result.verdict.text);
  const out: Piece[] = costs(look)
    .slice(0, LEVERS)
    .flatMap((r) => [
      ...(verdict.includes(plain(r.headline).slice(1)) ? [] : [note(r.headline)]),
      ...r.arithmetic,
    ]);
  const room = look.facts
    .every({ name: 'latency.p99', phase: 'target' })
    .flatMap((aim) => {
      const now = look.facts.find({
        name: 'latency.p99',
        subject: aim.subject,
        phase: ['incident', 'peak', 'any'],
      });
      return now && now.value < aim.value
        ? [
            say`What is taken away may cost latency: p99 of ${name(aim.subject.name)} is ${num(now)} and may become ${num(aim)}; go down in steps and stop where it moves.`,
          ]
        : [];
    })
    .slice(0, 1);
  if (room.length > 0) out.push(bullets(room));
  const first = look.result.questions.filter((q) => q.id.includes('bill-part')).slice(0, 3);
  if (first.length > 0) out.push(note(say`Settle first`, [bullets(first.map((q) => q.question))]));
  return out;
}

const card = (r: Recommendation): Card => ({
  rank: r.rank,
  title: r.title,
  benefit: r.benefit,
  risk: r.risk,
  effort: r.effort,
  approvals:
    r.approvals.length > 0 ? list(r.approvals.map((role) => say`${name(role)}`)) : say`no approval needed`,
  verification: r.verification,
  ...(r.verifyCommand ? { command: r.verifyCommand } : {}),
});

function implied(look: Lookup): Piece[] {
  const { readings, questions } = look.result;
  const verdict = plain(look.result.verdict.text);
  const strongest = [...readings]
    .filter((r) => !verdict.includes(plain(r.headline).slice(1)) && !r.id.startsWith('settle-first/'))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, READINGS);
  const shape = percentilesChart(look);
  const out: Piece[] = shape ? [chart(shape)] : [];
  if (strongest.length > 0) out.push({ kind: 'list', items: strongest.map((r) => r.headline) });
  const first = questions.slice(0, 3);
  if (first.length > 0) out.push(note(say`Settle first`, [bullets(first.map((q) => q.question))]));
  return out;
}
