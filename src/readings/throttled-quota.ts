import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
} from '../domain/index.js';
import { bearing, calc, componentOf, reading } from './compose.js';
import { NOW } from './load.js';

const PERIOD = constant(
  'cfs.period',
  100,
  'ms',
  'Default period of the Linux CFS bandwidth controller (Linux kernel documentation, CFS Bandwidth Control)',
);
const TAIL = constant('tail.p99', 0.01, 'ratio', 'Share of requests above p99, by its definition');

/** Periods stopped by a CPU quota while the mean is low: the quota cuts bursts that the mean does not show. */
function read(context: Context): Reading[] {
  return context.facts
    .every({ name: 'cpu.throttled', phase: NOW })
    .filter((f) => f.value > 0 && f.value <= 1)
    .slice(0, 2)
    .flatMap((f) => ofQuota(context, f));
}

function ofQuota(context: Context, stopped: Fact): Reading[] {
  const used =
    context.facts.find({ name: 'cpu.utilisation', subject: stopped.subject, phase: NOW }) ??
    context.facts.find({ name: 'cpu.utilisation', phase: NOW });
  const calm = used && used.value > 0 && used.value < 0.75 ? used : undefined;
  const cores = context.facts.find({ name: 'cpu.cores', subject: stopped.subject });
  const burst = cores
    ? calc('cfs.burst', stopped.subject, [cores.value * PERIOD.value, 'ms'], 'cores × period', [
        cores,
        PERIOD,
      ])
    : undefined;
  const component = componentOf(context, stopped.subject);
  const owns = stopped.value >= TAIL.value;
  const because = say`${num(stopped)} of periods end in a stop${calm ? say` at a mean of ${num(calm)}` : []}`;
  return reading('throttled-quota', {
    id: stopped.subject.id,
    topic: 'saturation',
    layer: 'infrastructure',
    subject: stopped.subject,
    headline: say`${num(stopped)} of the scheduling periods${component ? say` of ${name(component.subject.name)}` : []} end in a stop by the CPU quota${calm ? say` while its CPU is only ${num(calm)} busy on average: the quota cuts bursts that a mean over minutes does not show` : ''}; a request that meets one waits up to the rest of a ${num(PERIOD)} period${owns ? ', and that share is enough to own the p99' : ''}.`,
    arithmetic: [],
    assumptions: [
      burst && cores
        ? say`${num(cores)} of quota may be spent within ${num(burst)} of processor time in each period; more threads running at once spend it sooner.`
        : say`The period is the kernel’s default; runtimes that start a thread for each core of the host spend a quota in a fraction of it.`,
    ],
    bearings: [
      bearing(context, 'cpu-throttling', stopped.subject, stopped.value > 0.05 ? 2 : 0.8, because),
      ...(calm ? [bearing(context, 'cpu-saturation', stopped.subject, -0.4, because)] : []),
    ],
    weight: stopped.value > 0.05 ? 0.88 : 0.55,
  });
}

export default {
  id: 'throttled-quota',
  about: 'CPU quota stops at a low mean utilisation, and whether they can own the tail.',
  read,
} satisfies ReadingEntry;
