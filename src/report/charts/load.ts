import { type Fact, name, num, type Phase, say, table } from '../../domain/index.js';
import type { Chart, ChartRow, Look, Lookup } from '../page.js';
import { shown } from '../words.js';

const STEPS: { phases: Phase[]; label: string; look: Look }[] = [
  { phases: ['baseline', 'steady'], label: 'Steady', look: 'before' },
  { phases: ['incident', 'peak'], label: 'Peak', look: 'now' },
  { phases: ['target', 'planned'], label: 'Target or plan', look: 'saving' },
];

/** The request rates that the case speaks of: steady, peak and what is asked for. */
export function loadChart(look: Lookup): Chart | undefined {
  const subject = look.result.case.app;
  const steps = STEPS.flatMap((s) => {
    const fact = look.facts.find({ name: 'throughput', subject, phase: s.phases });
    return fact ? [{ ...s, fact }] : [];
  });
  const last = steps[steps.length - 1];
  const first = steps[0];
  if (steps.length < 2 || !first || !last) return undefined;
  const rows: ChartRow[] = steps.map((s) => ({
    label: say`${s.label}`,
    value: shown(s.fact),
    marks: [{ from: 0, to: s.fact.value, look: s.look }],
  }));
  return {
    id: 'load',
    title: title(steps.map((s) => s.fact)),
    howToRead: say`Requests a second of ${name(subject.name)}, on one scale from zero.`,
    groups: [{ rows }],
    max: Math.max(...steps.map((s) => s.fact.value)) * 1.02,
    legend: { before: 'steady', now: 'peak' },
    lines: [],
    table: table(
      ['Load', '> Rate'],
      steps.map((s) => [say`${s.label}`, shown(s.fact)]),
    ) as Chart['table'],
  };
}

function title(facts: readonly Fact[]) {
  const [a, b, c] = facts;
  if (a && b && c) return say`The load goes from ${num(a)} to ${num(b)}; ${num(c)} is asked for`;
  return a && b ? say`The load goes from ${num(a)} to ${num(b)}` : say`Load`;
}
