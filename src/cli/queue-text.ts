import type { QueueStudy, WorkersRow } from '../facts/queue-study/study.js';
import type { Chance } from '../models/queues/varying-load.js';

/** Ends of a range that are told as one figure when they are this near. */
const NEAR = 1.5;
/** Shares of the workers between which the noise of arrivals decides whether a queue builds up at all. */
const NEARLY_FULL = 0.95;
const SURELY_OVER = 1.05;

/** A study of a queue in words and a table. `objective` as the user wrote it. */
export function queueText(study: QueueStudy, objective: string): string {
  const need = study.needed
    ? `${study.needed.workers} workers keep ${objective} in nine runs of ten, with a p99 wait of ${spanOf(study.needed.p99Seconds)}.`
    : `No number of workers keeps ${objective}: one message alone takes longer.`;
  const ranges = study.rows.some((r) => wide(r.p50Seconds) || wide(r.p99Seconds));
  return `${[
    `${plain(study.meanPerSecond)} a second on average, ${plain(study.peakPerSecond)} at the peak (${plain(study.burst, 2)}×)`,
    ...(study.now ? today(study, study.now, objective) : []),
    need,
    '',
    ` workers    busy   at peak        p50 wait        p99 wait         backlog  stood at most`,
    ...study.rows.map(tableRow),
    ...(ranges ? ['Where chance decides, the range holds eight of ten runs of the same rates.'] : []),
    '',
    ...(study.admission
      ? [
          `The peak is more than today's workers carry. Around it, by who is let in:`,
          ` in time    late  refused   p99 answer`,
          ...study.admission.map(
            (a) =>
              `${share(a.goodput)}${share(a.late)}${share(a.refused)}${seconds(a.p99Seconds).padStart(13)}  ${a.rule}`,
          ),
          '',
        ]
      : []),
    ...study.settings.map((s) => `- ${s.name}: ${s.value}\n  ${s.because}`),
  ].join('\n')}\n`;
}

/** How today's workers fare, and where that is a matter of chance, why. */
function today({ needed, stepSeconds }: QueueStudy, now: WorkersRow, objective: string): string[] {
  if (!now.stable)
    return [
      `Today's ${now.workers} workers cannot keep up on average: the backlog grows for as long as this lasts.`,
    ];
  const first = `Today's ${now.workers} workers: p99 wait ${spanOf(now.p99Seconds)}, worst backlog ${rounded(now.worstBacklog)}.`;
  if (!wide(now.p99Seconds) && now.objective !== 'chance') return [first];
  const peak = `${plain(100 * now.peakUtilisation)} %`;
  const why =
    now.peakUtilisation > SURELY_OVER
      ? `The busiest ${stepOf(stepSeconds)} needs ${peak} of them. The p99 lies at the edge of the queue that this leaves, and chance moves the edge.`
      : now.peakUtilisation >= NEARLY_FULL
        ? `The busiest ${stepOf(stepSeconds)} needs ${peak} of them: how long the queue gets there is chance, and so is the wait.`
        : 'So few arrivals decide this wait that another stretch like it would show another one.';
  const more = needed ? needed.workers - now.workers : 0;
  const then =
    now.objective === 'chance' && more > 0
      ? [`Some runs keep ${objective} and some do not: add ${more === 1 ? 'one worker' : `${more} workers`}.`]
      : [];
  return [first, why, ...then];
}

const STEPS: Readonly<Record<number, string>> = { 1: 'second', 60: 'minute', 3600: 'hour', 86400: 'day' };
const stepOf = (length: number): string => STEPS[Math.round(length)] ?? `stretch of ${seconds(length)}`;

const tableRow = (r: WorkersRow): string =>
  [
    String(r.workers).padStart(8),
    `${(100 * r.utilisation).toFixed(0)} %`.padStart(8),
    `${(100 * r.peakUtilisation).toFixed(0)} %`.padStart(10),
    spanOf(r.p50Seconds).padStart(16),
    spanOf(r.p99Seconds).padStart(16),
    rounded(r.worstBacklog).padStart(16),
    spanOf(r.longestBacklogSeconds).padStart(15),
  ].join('');

const wide = ({ low, high }: Chance): boolean => high >= 0.001 && high > NEAR * low;

/** One figure, or the two that eight of ten runs lie between. */
function spanOf(chance: Chance): string {
  if (!wide(chance)) return seconds(chance.middle);
  const [low, high] = [seconds(chance.low, 2), seconds(chance.high, 2)];
  const unit = (text: string): string => text.replace(/^[\d.]+ /, '');
  return low === high
    ? low
    : unit(low) === unit(high)
      ? `${low.replace(/ .*$/, '')}-${high}`
      : `${low}-${high}`;
}

const rounded = ({ low, middle, high }: Chance): string =>
  high >= 1 && high > NEAR * low
    ? `${plain(Math.round(low), 2)}-${plain(Math.round(high), 2)}`
    : String(Math.round(middle));

const plain = (x: number, digits = 3): string => String(Number(x.toPrecision(digits)));

function seconds(x: number, digits = 3): string {
  if (x >= 1e6) return 'without end';
  return x < 1 ? `${Math.round(Number((x * 1000).toPrecision(digits)))} ms` : `${plain(x, digits)} s`;
}

const share = (x: number): string => `${(100 * x).toFixed(1)} %`.padStart(8);
