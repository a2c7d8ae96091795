import { type CapacityFit, trusted } from '../../models/capacity/fit.js';
import { short } from '../../report/load-run.js';
import { columns, percent, within } from './words.js';

/** Latency at a rate that was asked about. */
export type Forecast = {
  rate: number;
  mean: ReturnType<CapacityFit['meanAt']>;
  p99: ReturnType<CapacityFit['p99At']>;
};

/** What the fit says, the verdict in the first line. */
export function fitLines(
  fit: CapacityFit,
  forecasts: readonly Forecast[],
  objectiveMs: number | undefined,
): string[] {
  const { chosen, knee, capacity } = fit;
  const kneeWords =
    knee.value === Number.POSITIVE_INFINITY
      ? 'The steps show no knee: raise the load until latency rises'
      : knee.by === 'all in use'
        ? `It is full at ${within(capacity)} requests a second`
        : `The knee is at ${within(knee)} requests a second, where ${knee.by === 'objective' ? `p99 reaches ${short(objectiveMs)} ms` : 'mean latency has doubled'}; all there is, is ${within(capacity)}`;
  const beyond =
    Number.isFinite(knee.value) && fit.measuredTo < knee.value
      ? [
          `Measured only up to ${short(fit.measuredTo)} a second, ${percent(fit.measuredTo / knee.value)} of the knee: it is an extrapolation.`,
        ]
      : [];
  const noTail =
    objectiveMs !== undefined && knee.by !== 'objective'
      ? ['No step says its p99, so the objective could not be asked: untested, measure p99 at each step.']
      : [];
  const unseen = `No knee is seen up to ${short(fit.measuredTo)} requests a second: latency hardly rose, so it may come right after that. Measure how busy the processors are at each step (a column cpu), or go higher`;
  const error = chosen.heldOutError ?? chosen.ownError;
  return [
    trusted(fit)
      ? `${fit.kneeSeen ? kneeWords : unseen}.`
      : `Cannot tell how far it goes: the best model is wrong by ${percent(error)} ${chosen.heldOutError === undefined ? 'on these steps' : 'on the steps held back'}. Repeat each step until it settles, on one system, with nothing else changed.`,
    ...(trusted(fit) ? beyond : []),
    ...noTail,
    ...chosen.model.remarks.map((r) => `${chosen.model.id}: ${r}.`),
    '',
    `Models, judged on ${fit.judgedOn}${fit.heldOut > 0 ? `; the ${fit.heldOut} highest of ${fit.steps.length} steps were held back` : '; too few steps to hold any back'}`,
    ...columns([
      ['model', 'error held back', 'error on all', 'capacity', 'parameters'],
      ...fit.candidates.map((c) => [
        `${c === chosen ? '→ ' : '  '}${c.model.id}`,
        c.heldOutError === undefined ? 'not judged' : percent(c.heldOutError, 1),
        percent(c.ownError, 1),
        Number.isFinite(c.model.capacity) ? `${short(c.model.capacity)}/s` : 'no limit seen',
        Object.entries(c.model.parameters)
          .map(([k, v]) => `${k} ${Number(v.toPrecision(4))}`)
          .join(', '),
      ]),
    ]),
    ...(fit.tail ? [tailLine(fit.tail)] : []),
    ...(fit.limits.length > 1
      ? [
          '',
          'What was watched, by the utilisation law',
          ...columns([
            ['', 'work ms a request', 'busy without load', 'busy at the highest step', 'full at'],
            ...fit.limits.map((l) => [
              l.name,
              short(l.demandMs),
              percent(l.idleShare, 1),
              percent(l.busyTo, 1),
              `${short(l.fullAt)}/s`,
            ]),
          ]),
        ]
      : []),
    ...(trusted(fit)
      ? [
          '',
          ...columns([
            ['at a load of', 'mean ms', 'p99 ms'],
            ...forecasts.map((f) => [
              `${short(f.rate)}/s`,
              Number.isNaN(f.mean.value) ? 'untested: no latency in the steps' : within(f.mean),
              f.p99 ? within(f.p99) : 'untested: no p99 in the steps',
            ]),
          ]),
          'In brackets: nine of ten refits, and models that did nearly as well.',
        ]
      : []),
  ];
}

/** What p99 was taken to grow with. */
function tailLine({ id, parameters, heldOutError }: NonNullable<CapacityFit['tail']>): string {
  const { baseMs = 0, factor = 0, stallMs = 0, stallsPerRequest = 0, trendPower } = parameters;
  const trend = trendPower === undefined ? '' : `, and the trend: load to the power of ${short(trendPower)}`;
  const grows =
    id === 'waits'
      ? `${short(baseMs)} ms and ${short(factor)} times the mean wait`
      : `stops of ${short(stallMs)} ms, one in ${short(1 / stallsPerRequest)} requests (garbage collected, a processor that others have)${trend}`;
  const judged = heldOutError === undefined ? 'not judged' : `error held back ${percent(heldOutError, 1)}`;
  return `p99: ${grows}; ${judged}.`;
}
