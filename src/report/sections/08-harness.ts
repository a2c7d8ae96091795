import {
  type Fact,
  heading,
  join,
  name,
  PHASES,
  paragraph,
  quote,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { toolsFor } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { factTitle, factWords, shown } from '../words.js';

/** The load model, the thresholds and the scripts. */
export function harness(look: Lookup): Section {
  const { result } = look;
  const files = deliverablePieces(deliverablesOf(look, 'load'));
  const pieces: Piece[] = [
    ...loadModel(look),
    // The gates name every target and what a failure means.
    ...(result.extras.harness ? [] : thresholds(look)),
    ...(result.extras.harness ?? []),
    ...files,
  ];
  if (files.length === 0 && !result.extras.harness) pieces.push(paragraph(missing(look)));
  return { id: 'harness', title: 'Performance test harness', pieces };
}

const MODEL = [
  'throughput',
  'mix.share',
  'burst.factor',
  'burst.duration',
  'burst.ramp',
  'payload.mean',
  'payload.max',
  'skew.share',
  'skew.members',
  'users',
] as const;

function loadModel(look: Lookup): Piece[] {
  const facts = look.facts
    .every({ name: MODEL })
    .filter((f) => f.origin === 'stated' || (f.origin === 'measured' && f.subject.kind === 'system'));
  const { workload } = look.result.case.inputs;
  const out: Piece[] = [];
  if (workload || facts.length > 0) out.push(heading(say`Load model`));
  if (workload) out.push(paragraph(say`Workload as given: ${quote(workload.trim())}.`));
  if (facts.length > 0)
    out.push(
      paragraph(
        say`Taken into the model: ${join(
          unique(facts)
            .sort(byPartAndPhase)
            .map((f) => say`${factTitle(f)} ${shown(f)}`),
          '; ',
        )}.`,
      ),
    );
  return out;
}

/** In the order of the model, each part from steady to target. */
const byPartAndPhase = (a: Fact, b: Fact): number =>
  place(MODEL, a.name) - place(MODEL, b.name) || place(PHASES, a.phase) - place(PHASES, b.phase);

const place = (order: readonly string[], of: string): number => order.indexOf(of);

function thresholds(look: Lookup): Piece[] {
  const targets = unique(look.facts.every({ phase: 'target' })).filter(
    (f) => f.origin === 'stated' && !f.name.startsWith('cost.'),
  );
  if (targets.length === 0) return [];
  return [
    heading(say`Thresholds`),
    table(
      ['Gate', 'Of', '> Must hold', 'Condition'],
      targets.map((f) => [
        say`${factWords(f.name)}`,
        say`${name(f.subject.name)}`,
        shown(f),
        f.condition ? say`${quote(f.condition)}` : say``,
      ]),
    ),
  ];
}

function unique(facts: readonly Fact[]): Fact[] {
  const seen = new Set<string>();
  return facts.filter((f) => {
    const key = `${f.name} ${f.subject.id} ${f.phase} ${f.value} ${f.comparator}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function missing(look: Lookup): Text {
  const app = name(look.result.case.appName || 'the system');
  const tool = toolsFor(look, 'load');
  return tool
    ? say`No script was written for ${tool}: a load model of ${app} needs its request rate and its routes.`
    : say`No load tool was named for ${app}, and a load model needs its request rate and its routes; both would give a script with the thresholds above.`;
}
