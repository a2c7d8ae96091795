import { arrayOf, isObject } from '../../readers/sample.js';
import { AskFault } from '../live/fault.js';
import { type Asking, secondsOf } from '../source.js';
import { dataOf, form, selectorOf } from './api.js';
import type { Family } from './families.js';
import type { RangeExemplar } from './matrix.js';

const FAMILIES_ASKED = 20;
const MOST_KEPT = 500;

/** Exemplars of histograms: values with the id of a trace. Absent where the server does not keep them. */
export async function exemplarsOf(asking: Asking, families: readonly Family[]): Promise<RangeExemplar[]> {
  const names = families
    .filter((f) => f.type === 'histogram')
    .slice(0, FAMILIES_ASKED)
    .flatMap((f) => f.members.filter((m) => m.endsWith('_bucket')));
  if (names.length === 0) return [];
  return asking.look('query_exemplars', async () => {
    try {
      const { data } = dataOf(
        await asking.client.ask(
          form('/api/v1/query_exemplars', [
            ['query', selectorOf(names, asking.option('match'))],
            ['start', secondsOf(asking.window.fromMs)],
            ['end', secondsOf(asking.window.toMs)],
          ]),
        ),
      );
      return arrayOf(data).flatMap(exemplarsIn).slice(0, MOST_KEPT);
    } catch (error) {
      if (error instanceof AskFault && !['cancelled', 'spent', 'not-authorised'].includes(error.kind))
        return [];
      throw error;
    }
  });
}

function exemplarsIn(series: unknown): RangeExemplar[] {
  if (!isObject(series) || !isObject(series.seriesLabels)) return [];
  const labels = Object.fromEntries(Object.entries(series.seriesLabels).map(([k, v]) => [k, String(v)]));
  return arrayOf(series.exemplars).flatMap((raw) => {
    const e = isObject(raw) ? raw : {};
    const own = isObject(e.labels) ? e.labels : {};
    const traceId = String(own.trace_id ?? own.traceID ?? own.traceId ?? '');
    const value = Number(e.value);
    const seconds = Number(e.timestamp);
    if (traceId === '' || !Number.isFinite(value) || !Number.isFinite(seconds)) return [];
    return [
      { labels, timeMs: seconds * 1000, value, traceId, spanId: String(own.span_id ?? own.spanID ?? '') },
    ];
  });
}
