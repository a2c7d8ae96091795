import { arrayOf, isObject } from '../../readers/sample.js';
import type { Question } from '../live/http.js';
import { type Asking, isoMs } from '../source.js';

/** A question of API v2, whose bodies are `{data: {type, attributes}}`. */
export const post = (path: string, type: string, attributes: unknown): Question => ({
  method: 'POST',
  path,
  body: { data: { type, attributes } },
});

/** Services that are asked for one by one. */
const MOST_SERVICES = 10;

/** Services that the source names, or those with the most entry spans in the window. */
export async function servicesIn(asking: Asking): Promise<readonly string[]> {
  const named = asking.list('services');
  if (named.length > 0) return named.slice(0, MOST_SERVICES);
  const { fromMs, toMs } = asking.window;
  return asking.look('services by their spans', async () => {
    const value = await asking.client.json(
      post('/api/v2/spans/analytics/aggregate', 'aggregate_request', {
        compute: [{ aggregation: 'count', type: 'total' }],
        filter: {
          from: isoMs(fromMs),
          to: isoMs(toMs),
          query: `${asking.option('query') ?? '*'} @span.kind:server`,
        },
        group_by: [
          {
            facet: 'service',
            limit: MOST_SERVICES,
            sort: { aggregation: 'count', order: 'desc', type: 'measure' },
          },
        ],
      }),
    );
    return (isObject(value) ? arrayOf(value.data) : [])
      .map((b) =>
        isObject(b) && isObject(b.attributes) && isObject(b.attributes.by) ? b.attributes.by.service : '',
      )
      .filter((s): s is string => typeof s === 'string' && s !== '')
      .sort();
  });
}
