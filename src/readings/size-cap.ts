import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { aimedLoad, loadBehind, loadPoints, NOW } from './load.js';
import { PLANNING } from './utilisation-at-target.js';

/** A part that cannot grow beyond a stated size: whether the target fits into the largest one. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const aim = aimedLoad(points);
  if (!aim) return [];
  return context.components.flatMap((c) => {
    const sizes = context.facts.every({ name: 'cpu.cores', subject: c.subject }).filter((f) => f.value > 0);
    const cap = sizes.find((f) => f.comparator === '<=' || f.comparator === '<');
    const cores = sizes.find((f) => f !== cap && f.comparator === '=');
    const used = context.facts.find({ name: 'cpu.utilisation', subject: c.subject, phase: NOW });
    const base = used && loadBehind(points, used);
    if (!cap || !cores || !used || !base || cap.value < cores.value || used.value <= 0 || used.value > 1)
      return [];
    const full = calc(
      'cpu.coresFull',
      c.subject,
      [(cores.value * used.value * aim.rate.value) / base.rate.value, 'cores'],
      'cores × utilisation × rate asked for ÷ rate it was read at',
      [cores, used, aim.rate, base.rate],
      aim.phase,
    );
    const plan = calc(
      'cpu.coresPlanned',
      c.subject,
      [full.value / PLANNING.value, 'cores'],
      'cores at full use ÷ planning utilisation',
      [full, PLANNING],
      aim.phase,
    );
    const most = calc(
      'throughput.atCap',
      c.subject,
      [(base.rate.value * cap.value) / (cores.value * used.value), '1/s'],
      'rate × largest size ÷ (cores × utilisation)',
      [base.rate, cap, cores, used],
    );
    const fits = full.value <= cap.value;
    const cut = calc(
      'demand.cutForCap',
      c.subject,
      [1 - (cap.value * PLANNING.value) / full.value, 'ratio'],
      'all − largest size × planning utilisation ÷ cores at full use',
      [cap, PLANNING, full],
      aim.phase,
    );
    return reading('size-cap', {
      id: c.subject.id,
      topic: 'capacity',
      layer: c.layer,
      subject: c.subject,
      headline: fits
        ? say`${name(c.subject.name)} at ${num(cap)}, its largest size here, is full at ${num(most)}: the ${num(aim.rate)} asked for take ${num(full, { digits: 2 })}${plan.value > cap.value ? say` and leave no reserve` : []}.`
        : say`No allowed size of ${name(c.subject.name)} carries the target: ${num(aim.rate)} need ${num(full, { digits: 2 })} at full use (${num(plan, { digits: 2 })} at ${num(PLANNING)}), and ${num(cap)} is the most; it is full at ${num(most)}, so ${num(cut, { digits: 2 })} of its work must be saved or kept away from it.`,
      arithmetic: [
        table(
          ['Quantity', '> Value'],
          [
            [say`Cores now`, say`${num(cores)}`],
            [say`Busy at ${num(base.rate)}`, say`${num(used)}`],
            [say`Cores at full use for ${num(aim.rate)}`, say`${num(full, { digits: 2 })}`],
            [say`Cores at ${num(PLANNING)}`, say`${num(plan, { digits: 2 })}`],
            [say`Largest size`, say`${num(cap)}`],
          ],
        ),
      ],
      assumptions: [
        say`Work grows in proportion to the rate and spreads over all cores; locks and one busy log writer do not.`,
      ],
      bearings: fits
        ? []
        : [
            bearing(
              context,
              'traffic-surge',
              c.subject,
              1,
              say`${num(full, { digits: 2 })} needed, ${num(cap)} allowed`,
            ),
          ],
      weight: fits ? 0.5 : 0.96,
    });
  });
}

export default {
  id: 'size-cap',
  about: 'Whether the target fits into the largest size that a part is allowed to have.',
  read,
} satisfies ReadingEntry;
