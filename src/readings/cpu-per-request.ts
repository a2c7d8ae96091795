import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { calc, componentOf, reading, whole } from './compose.js';
import { aimedLoad, isWhole, loadBehind, loadPoints, NOW } from './load.js';
import { instancesOf, mainService, now } from './parts.js';
import { requestSubject } from './percentiles.js';
import { PLANNING } from './utilisation-at-target.js';

/** Processor time for each request: cores × utilisation ÷ rate, and the cores the target needs. */
function read(context: Context): Reading[] {
  const service = mainService(context);
  const cores = context.facts
    .every({ name: 'cpu.cores' })
    .find(
      (f) =>
        f.value > 0 &&
        (service === undefined ||
          f.subject.id === service.subject.id ||
          f.subject.kind === 'host' ||
          f.subject.kind === 'system'),
    );
  const used = cores
    ? (context.facts.find({ name: 'cpu.utilisation', subject: cores.subject, phase: NOW }) ??
      context.facts
        .every({ name: 'cpu.utilisation', phase: NOW })
        .find((f) => isWhole(context, f.subject) || f.subject.id === service?.subject.id))
    : undefined;
  const points = loadPoints(context);
  const base = used && loadBehind(points, used);
  if (!cores || !used || !base || used.value <= 0 || used.value > 1) return [];
  const count = service ? instancesOf(context, service) : undefined;
  const total = count
    ? calc('cpu.coresTotal', cores.subject, [cores.value * count.value, 'cores'], 'cores × instances', [
        cores,
        count,
      ])
    : cores;
  const each = calc(
    'cpu.perRequest',
    context.app,
    [(total.value * used.value * 1000) / base.rate.value, 'ms'],
    'cores × utilisation ÷ rate',
    [total, used, base.rate],
    base.phase,
  );
  const aim = aimedLoad(points);
  const need = aim
    ? calc(
        'cpu.coresNeeded',
        context.app,
        [((each.value / 1000) * aim.rate.value) / PLANNING.value, 'cores'],
        'processor time of a request × rate ÷ planning utilisation',
        [each, aim.rate, PLANNING],
        aim.phase,
      )
    : undefined;
  const subject = requestSubject(context);
  const median = subject ? now(context, 'latency.p50', subject) : undefined;
  const part = median
    ? calc(
        'cpu.shareOfMedian',
        context.app,
        [each.value / median.value, 'ratio'],
        'processor time ÷ median',
        [each, median],
      )
    : undefined;
  const owner = componentOf(context, cores.subject) ?? service;
  const waits = part && part.value < 0.2;
  return reading('cpu-per-request', {
    id: cores.subject.id,
    topic: 'capacity',
    layer: 'api',
    subject: owner?.subject ?? context.app,
    headline: say`A request costs ${num(each, { digits: 2 })} of processor time${owner ? say` in ${name(owner.subject.name)}` : []} (${num(total)} × ${num(used)} ÷ ${num(base.rate)})${part && median ? (part.value > 1 ? say`, more than its median of ${num(median)}: the figures are not of the same processors` : say`, ${num(part, { digits: 2 })} of its median of ${num(median)}${waits ? ': the rest is waiting, not computing' : ''}`) : []}${need && aim ? say`; ${num(aim.rate)} at ${num(PLANNING)} needs ${whole(need)} cores` : []}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Cores`, say`${num(total)}`],
          [say`Busy`, say`${num(used)}`],
          [say`Processor time of a request`, say`${num(each, { digits: 3 })}`],
          ...(need && aim
            ? [[say`Cores for ${num(aim.rate)} at ${num(PLANNING)}`, say`${whole(need)}`]]
            : []),
        ],
      ),
    ],
    assumptions: [
      say`${num(used)} is the mean over these ${num(total)} under ${num(base.rate)}${count ? [] : say`, and there is one instance`}.`,
    ],
    weight: 0.58,
  });
}

export default {
  id: 'cpu-per-request',
  about:
    'Processor time for each request (cores × utilisation ÷ rate), its part of the latency, and cores for the target.',
  read,
} satisfies ReadingEntry;
