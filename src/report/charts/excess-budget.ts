import { name, num, say, table } from '../../domain/index.js';
import type { Chart, ChartRow, Lookup } from '../page.js';
import { titleOf } from '../parts/findings.js';

/** The requests that one cause leaves slow take the place of those that it made slowest. */
const JOINT = say`Won only when several of these are gone`;

/**
 * The waterfall from the mean slow request before to the one now: a bar for each cause, the unexplained part, the
 * target. `undefined` when there is no budget, or when one of its facts is missing.
 */
export function excessBudgetChart(look: Lookup): Chart | undefined {
  const budget = look.result.excess;
  const before = look.fact(budget?.baselineMs);
  const now = look.fact(budget?.incidentMs);
  const excess = look.fact(budget?.excessMs);
  if (!budget || !before || !now || !excess) return undefined;
  const target = look.fact(budget.targetMs);
  const rows: ChartRow[] = [
    {
      label: say`Before`,
      value: say`${num(before)}`,
      marks: [{ from: 0, to: before.value, look: 'before' }],
      strong: true,
    },
  ];
  let at = before.value;
  for (const bar of budget.bars) {
    const ms = look.fact(bar.ms);
    const share = look.fact(bar.share);
    if (!ms || !share) continue;
    rows.push({
      label: titleOf(look, bar.finding),
      value: say`${num(ms)} · ${num(share, { digits: 2 })}`,
      marks: [{ from: at, to: at + ms.value, look: 'excess' }],
    });
    at += ms.value;
  }
  const joint = look.fact(budget.jointMs);
  const jointShare = look.fact(budget.jointShare);
  if (joint && jointShare) {
    rows.push({
      label: JOINT,
      value: say`${num(joint)} · ${num(jointShare, { digits: 2 })}`,
      marks: [{ from: at, to: at + joint.value, look: 'excess' }],
    });
    at += joint.value;
  }
  const rest = look.fact(budget.unexplainedMs);
  const restShare = look.fact(budget.unexplainedShare);
  const nothing = budget.bars.length === 0;
  if (rest && restShare && !nothing)
    rows.push({
      label: say`Unexplained`,
      value: say`${num(rest)} · ${num(restShare, { digits: 2 })}`,
      marks: [{ from: Math.min(at, now.value), to: now.value, look: 'unknown' }],
    });
  rows.push({
    label: say`Now`,
    value: say`${num(now)}`,
    marks: [
      { from: 0, to: Math.min(before.value, now.value), look: 'before' },
      ...(now.value > before.value
        ? [{ from: before.value, to: now.value, look: nothing ? ('unknown' as const) : ('excess' as const) }]
        : []),
    ],
    strong: true,
  });
  const biggest = budget.bars[0];
  const title = biggest
    ? say`${titleOf(look, biggest.finding)}: the largest part of ${num(excess)} of excess`
    : say`Slow requests take ${num(now)} against ${num(before)} before; no cause claims the difference`;
  return {
    id: 'excess-budget',
    title,
    howToRead: say`Mean duration of the slow requests of ${name(budget.subject.name)}: each bar starts where the one above ends, from before to now; hatched is unexplained${target ? say`, the upright line is the target` : say``}.`,
    groups: [{ rows }],
    steps: true,
    max: Math.max(now.value, before.value, at, target?.value ?? 0) * 1.02,
    lines: target ? [{ at: target.value, label: say`target ${num(target)}` }] : [],
    table: table(
      ['Part', '> Time', '> Share of the excess'],
      [
        [say`Before`, say`${num(before)}`, say``],
        ...budget.bars.flatMap((bar) => {
          const ms = look.fact(bar.ms);
          const share = look.fact(bar.share);
          return ms && share
            ? [[titleOf(look, bar.finding), say`${num(ms)}`, say`${num(share, { digits: 2 })}`]]
            : [];
        }),
        ...(joint && jointShare ? [[JOINT, say`${num(joint)}`, say`${num(jointShare, { digits: 2 })}`]] : []),
        ...(rest && restShare && !nothing
          ? [[say`Unexplained`, say`${num(rest)}`, say`${num(restShare, { digits: 2 })}`]]
          : []),
        [say`Now`, say`${num(now)}`, say``],
      ],
    ) as Chart['table'],
  };
}
