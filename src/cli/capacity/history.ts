import { type LoadSeries, readLoadSeries } from '../../evidence/readers/load-series.js';
import { dailyPeaks } from '../../models/capacity/load-forecast.js';
import { EXIT, UserError } from '../exit.js';
import { reading, textFile } from './words.js';

/** A recorded load and its daily peaks. `instead` is the option that does without a history. */
export async function historyOf(
  file: string,
  instead: string,
): Promise<{ series: LoadSeries; daily: NonNullable<ReturnType<typeof dailyPeaks>> }> {
  const text = await textFile(file);
  const series = reading(() => readLoadSeries(text, file));
  const daily = dailyPeaks(series.ratePerSecond, series.startMinute, series.startWeekday);
  if (!daily)
    throw new UserError(
      EXIT.badInput,
      'The history has fewer than seven whole days, or a day without load.',
      file,
      `Record a week at least, or give ${instead}.`,
    );
  return { series, daily };
}
