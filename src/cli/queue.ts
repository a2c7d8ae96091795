import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ArrivalsError, readArrivals } from '../facts/queue-study/arrivals.js';
import { type QueueStudy, studyQueue, type WorkersRow } from '../facts/queue-study/study.js';
import { EXIT, UserError } from './exit.js';
import { count, milliseconds } from './quantity.js';

export interface QueueOptions {
  service: string;
  variation: string;
  longest?: string;
  workers?: string;
  objective: string;
  json?: boolean;
}

/** Studies a queue and prints what follows. Exit 1 when the workers of today break the objective. */
export async function runQueue(path: string, options: QueueOptions): Promise<number> {
  if (!existsSync(path))
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  const variation = Number(options.variation);
  if (!(variation >= 0 && variation <= 100))
    throw new UserError(
      EXIT.badInput,
      `${options.variation} is no variation.`,
      '--variation',
      'Write 0 to 100; 1 is exponential.',
    );
  const [quantile = '', time = ''] = options.objective.split(':');
  if (!(Number(quantile) > 0 && Number(quantile) < 100))
    throw new UserError(
      EXIT.badInput,
      `${options.objective} is no objective.`,
      '--objective',
      'Write it as 99:5s.',
    );
  const question = {
    serviceSeconds: milliseconds(options.service, 'service') / 1000,
    serviceVariation: variation,
    objective: { quantile: Number(quantile) / 100, seconds: milliseconds(time, 'objective') / 1000 },
    ...(options.longest === undefined
      ? {}
      : { longestSeconds: milliseconds(options.longest, 'longest') / 1000 }),
    ...(options.workers === undefined ? {} : { workers: count(options.workers, 'workers') }),
  };
  let study: QueueStudy;
  try {
    study = studyQueue(readArrivals(readFileSync(path, 'utf8')), question);
  } catch (error) {
    if (error instanceof ArrivalsError)
      throw new UserError(EXIT.badInput, error.what, `${basename(path)}, line ${error.line}`, error.todo);
    throw error;
  }
  process.stdout.write(
    options.json ? `${JSON.stringify(study, null, 2)}\n` : shown(study, options.objective),
  );
  return study.now && study.now.objectiveSeconds > question.objective.seconds ? EXIT.checkFailed : EXIT.fine;
}

const plain = (x: number, digits = 3): string => String(Number(x.toPrecision(digits)));
const seconds = (x: number): string =>
  x < 1 ? `${Math.round(x * 1000)} ms` : x < 1e6 ? `${Number(x.toPrecision(3))} s` : 'without end';

const share = (x: number): string => `${(100 * x).toFixed(1)} %`.padStart(8);

function shown(study: QueueStudy, objective: string): string {
  const line = (r: WorkersRow): string =>
    `${String(r.workers).padStart(8)}${`${(100 * r.utilisation).toFixed(0)} %`.padStart(8)}${seconds(r.p50Seconds).padStart(12)}${seconds(r.p99Seconds).padStart(12)}${String(Math.round(r.worstBacklog)).padStart(12)}${seconds(r.longestBacklogSeconds).padStart(14)}`;
  const head = `${plain(study.meanPerSecond)} a second on average, ${plain(study.peakPerSecond)} at the peak (${plain(study.burst, 2)}×)`;
  const now = study.now
    ? study.now.stable
      ? `Today's ${study.now.workers} workers: p99 wait ${seconds(study.now.p99Seconds)}, worst backlog ${Math.round(study.now.worstBacklog)}.`
      : `Today's ${study.now.workers} workers cannot keep up on average: the backlog grows for as long as this lasts.`
    : undefined;
  const need = study.needed
    ? `${study.needed.workers} workers keep ${objective}.`
    : `No number of workers keeps ${objective}: one message alone takes longer.`;
  return `${[
    head,
    ...(now ? [now] : []),
    need,
    '',
    ` workers    busy    p50 wait    p99 wait     backlog  stood at most`,
    ...study.rows.map(line),
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
