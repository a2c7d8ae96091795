import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ArrivalsError, readArrivals } from '../facts/queue-study/arrivals.js';
import { type QueueStudy, studyQueue } from '../facts/queue-study/study.js';
import { EXIT, UserError } from './exit.js';
import { count, milliseconds } from './quantity.js';
import { queueText } from './queue-text.js';

export interface QueueOptions {
  service: string;
  variation: string;
  longest?: string;
  workers?: string;
  objective: string;
  json?: boolean;
}

/** Studies a queue and prints what follows. Exit 1 when the workers of today do not keep the objective in nine of ten runs. */
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
    options.json ? `${JSON.stringify(study, null, 2)}\n` : queueText(study, options.objective),
  );
  return study.now && study.now.objective !== 'kept' ? EXIT.checkFailed : EXIT.fine;
}
