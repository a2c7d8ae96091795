import {
  type Block,
  bullets,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  quote,
  say,
  subject,
  type Text,
} from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { fromQuery } from '../query-fact.js';
import { incidentFromStore } from './incident-from-store.js';
import { type Suspicion, suspectChange } from './suspect.js';
import { FAULT_WORDS, MECHANISM_WORDS } from './words.js';

/** Candidates that are shown, and the weight from which one is worth showing. */
const SHOWN = 3;
const LEAST = 0.05;

/**
 * Which of the recorded commits, flags and settings fits what the telemetry shows, as facts and blocks; nothing without any, or when
 * no trouble is seen.
 */
export async function changeSuspects(
  store: Store,
  sources: readonly string[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const evidence = await incidentFromStore(store);
  if (!evidence) return { facts: [], blocks: [] };
  const answer = suspectChange(evidence);
  if (answer.signature.faults.length === 0) return { facts: [], blocks: [] };
  const origin = { query: 'commits, deploys, flags, metrics, logs and spans of the store', rows: 0, sources };
  const rows = evidence.series.length + evidence.logs.length + evidence.spans.length;
  const considered = fromQuery(
    {
      name: 'changes.considered',
      subject: subject('system', 'changes'),
      value: evidence.commits.length + (evidence.switches?.length ?? 0),
      unit: 'count',
      phase: 'incident',
    },
    { ...origin, rows },
  );
  const candidates = answer.ranked.filter((r, i) => i < SHOWN && (i === 0 || r.probability >= LEAST));
  const weights = candidates.map((c) =>
    fromQuery(
      {
        name: 'change.weight',
        subject: subject('change', c.sha),
        value: c.probability,
        unit: 'ratio',
        phase: 'incident',
      },
      { ...origin, rows },
    ),
  );
  const messageOf = (sha: string): string | undefined =>
    evidence.commits.find((c) => c.sha === sha)?.message.split('\n')[0];
  const items = candidates.map((c, i): Text => {
    const weight = weights[i] as Fact;
    const what =
      c.kind === 'none'
        ? say`No change`
        : c.kind === 'switch'
          ? say`Flag or setting ${name(c.sha)}`
          : say`Commit ${name(c.sha.slice(0, 12))} ${quote(messageOf(c.sha) ?? '')}`;
    const fit = c.fit
      ? say` ${MECHANISM_WORDS[c.fit.mechanism]}, which can bring ${FAULT_WORDS[c.fit.fault]}: ${quote(c.fit.line)}.`
      : say``;
    return say`${what}: ${num(weight, { digits: 2 })} of the weight.${fit}`;
  });
  return {
    facts: [considered, ...weights],
    blocks: [heading(say`Which change did it`), paragraph(verdictOf(answer, considered)), bullets(items)],
  };
}

/** Half of the weight or more names a change; less leaves it open. */
const NAMES = 0.5;

function verdictOf(answer: Suspicion, considered: Fact): Text {
  const [first] = answer.ranked;
  const lead = answer.signature.faults[0];
  const shown = lead ? say` The telemetry shows ${FAULT_WORDS[lead.kind]} (${quote(lead.because)}).` : say``;
  const where = answer.firstService === undefined ? say`` : say` It began in ${name(answer.firstService)}.`;
  const how = say` ${num(considered)} commits, flags and settings were weighed by what they do, where they run and when they came, against causes that need no change; being the latest counts for nothing.`;
  if (!first || first.probability < NAMES)
    return say`None of ${num(considered)} changes stands out: compare the first two before anything is rolled back.${shown}${where}`;
  if (first.kind === 'none')
    return say`None of ${num(considered)} recorded commits, flags and settings explains it: what they do, where they run and when they came does not fit.${shown}${where}`;
  return first.kind === 'switch'
    ? say`Switching ${name(first.sha)} fits best.${shown}${where}${how}`
    : say`Commit ${name(first.sha.slice(0, 12))} fits best.${shown}${where}${how}`;
}
