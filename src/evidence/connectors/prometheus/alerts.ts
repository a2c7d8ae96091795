import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import { AskFault } from '../live/fault.js';
import { type Asking, isoMs, secondsOf } from '../source.js';
import { dataOf, form } from './api.js';
import { seriesOf, serviceOf } from './matrix.js';
import { numberOf } from './value.js';

/** What a rule watches, as far as its last comparison with a number tells. */
interface Rule {
  query: string;
  threshold: number | null;
  summary: string;
}

const COMPARISON = /(?:==|>=|<=|>|<)\s*(?:bool\s+)?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*\)*\s*$/i;

/** Alerts that fired in the window: when each began, and what its rule watches. */
export async function alertPage(asking: Asking, stepSeconds: number): Promise<void> {
  const rules = new Map(await asking.look('rules', () => rulesOf(asking)));
  const { fromMs, toMs } = asking.window;
  const step = Math.max(stepSeconds, Math.ceil((toMs - fromMs) / 1000 / 10_000), 15);
  const query = 'ALERTS{alertstate="firing"}';
  await asking.pages([
    {
      query: `${query} from ${isoMs(fromMs)} to ${isoMs(toMs)} step ${step} s`,
      ask: () =>
        asking.client.ask(
          form('/api/v1/query_range', [
            ['query', query],
            ['start', secondsOf(fromMs)],
            ['end', secondsOf(toMs)],
            ['step', String(step)],
          ]),
        ),
      read(answer, sink) {
        for (const { labels, values } of seriesOf(dataOf(answer).data)) {
          const first = values.find(([, v]) => numberOf(v) === 1);
          const name = labels.alertname ?? '';
          if (!first || name === '') continue;
          const rule = rules.get(name);
          sink.alert(
            {
              timeNs: BigInt(Math.round(first[0] * 1000)) * 1_000_000n,
              service: serviceOf(labels),
              name,
              metric: rule?.query ?? '',
              threshold: rule?.threshold ?? null,
              observed: null,
              severity: labels.severity ?? '',
              summary: rule?.summary ?? name,
            },
            0,
          );
        }
      },
    },
  ]);
}

/** Rules by name; none where the server keeps them elsewhere or does not show them. */
async function rulesOf(asking: Asking): Promise<[string, Rule][]> {
  try {
    const { data } = dataOf(
      await asking.client.ask({ path: '/api/v1/rules', parameters: [['type', 'alert']] }),
    );
    const groups = isObject(data) ? arrayOf(data.groups) : [];
    return groups
      .flatMap((g) => (isObject(g) ? arrayOf(g.rules) : []))
      .flatMap((r): [string, Rule][] => {
        if (!isObject(r) || r.type === 'recording' || typeof r.name !== 'string') return [];
        const query = String(r.query ?? '');
        const found = COMPARISON.exec(query.trim())?.[1];
        const said: JsonObject = isObject(r.annotations) ? r.annotations : {};
        return [
          [
            r.name,
            {
              query: query.slice(0, 300),
              threshold: found === undefined ? null : Number(found),
              summary: String(said.summary ?? said.description ?? r.name).slice(0, 300),
            },
          ],
        ];
      });
  } catch (error) {
    if (error instanceof AskFault && !['cancelled', 'spent', 'not-authorised'].includes(error.kind))
      return [];
    throw error;
  }
}
