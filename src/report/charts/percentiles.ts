import { type Fact, name, num, type Phase, type Subject, say, type Text, table } from '../../domain/index.js';
import type { Chart, ChartRow, Lookup } from '../page.js';
import { factWords, shown } from '../words.js';

const QUANTILES = ['latency.p50', 'latency.p75', 'latency.p90', 'latency.p95', 'latency.p99', 'latency.p999'];
const BEFORE: Phase[] = ['baseline', 'steady'];
const NOW: Phase[] = ['incident', 'peak', 'any'];

/** The percentiles of the entry operation, or of the system as stated: before, now and the target. */
export function percentilesChart(look: Lookup): Chart | undefined {
  const subject = [look.result.excess?.subject, look.result.case.app].find(
    (s) => s !== undefined && QUANTILES.filter((q) => at(look, q, s, NOW)).length >= 2,
  );
  if (!subject) return undefined;
  const rows = QUANTILES.map((q) => ({
    q,
    before: at(look, q, subject, BEFORE),
    now: at(look, q, subject, NOW),
    target: look.facts.find({ name: q, phase: 'target' }),
  })).filter((r) => r.before || r.now);
  const tail = [...rows].reverse().find((r) => r.now);
  const values = rows.flatMap((r) => [r.before, r.now, r.target].map((f) => f?.value ?? 0));
  const target = [...rows].reverse().find((r) => r.target)?.target;
  return {
    id: 'percentiles',
    title: titleOf(tail, subject),
    howToRead: say`A bar reaches to the percentile now, its grey part to the one before, where that is known; the tail is the last row.`,
    groups: [{ rows: rows.map(row) }],
    max: Math.max(...values) * 1.02,
    lines: target
      ? [{ at: target.value, label: say`target ${factWords(target.name)} ${shown(target)}` }]
      : [],
    table: table(
      ['Percentile', '> Before', '> Now', '> Target'],
      rows.map((r) => [say`${factWords(r.q)}`, cell(r.before), cell(r.now), cell(r.target)]),
    ) as Chart['table'],
  };
}

interface Row {
  q: string;
  before: Fact | undefined;
  now: Fact | undefined;
  target: Fact | undefined;
}

const at = (look: Lookup, q: string, subject: Subject, phase: Phase[]): Fact | undefined =>
  look.facts.find({ name: q, subject, phase });

function titleOf(tail: Row | undefined, subject: Subject): Text {
  if (!tail?.now) return say`Latency of ${name(subject.name)} by percentile`;
  const p = factWords(tail.q);
  if (tail.target && tail.now.value > tail.target.value)
    return say`${p} of ${name(subject.name)} is ${num(tail.now)}; the target is ${shown(tail.target)}`;
  if (tail.before && tail.now.value > tail.before.value)
    return say`${p} of ${name(subject.name)} went ${num(tail.before)} → ${num(tail.now)}`;
  return say`${p} of ${name(subject.name)} is ${num(tail.now)}`;
}

function row(r: Row): ChartRow {
  const before = r.before?.value ?? 0;
  const now = r.now?.value ?? 0;
  const value: Text =
    r.before && r.now
      ? say`${num(r.before)} → ${num(r.now)}`
      : r.now
        ? say`${num(r.now)}`
        : r.before
          ? say`${num(r.before)} before`
          : say``;
  return {
    label: say`${factWords(r.q)}`,
    value,
    marks: [
      ...(before > 0 ? [{ from: 0, to: Math.min(before, now || before), look: 'before' as const }] : []),
      ...(now > before ? [{ from: before, to: now, look: 'now' as const }] : []),
    ],
  };
}

const cell = (fact: Fact | undefined): Text => (fact ? shown(fact) : say``);
