import { arrayOf, isObject } from '../../readers/sample.js';
import { AskFault } from '../live/fault.js';
import { type Asking, secondsOf } from '../source.js';
import { dataOf, form, selectorOf } from './api.js';
import { type Family, familiesOf, isAboutItself, type Meta, withinSeries } from './families.js';

export interface Discovered {
  families: Family[];
  stepSeconds: number;
  /** Names of families that would be too many series. */
  left: string[];
  leftSeries: number;
  mostSeries: number;
}

const MOST_SERIES = 20_000;
const MOST_POINTS_IN_ALL = 5_000_000;
const USUAL_INTERVAL_SECONDS = 15;
const NAMES_A_LOOK = 40;

/** What is there in the window: names, how many series each has, what they are, and how far apart their points lie. */
export async function discover(asking: Asking): Promise<Discovered> {
  const match = asking.option('match');
  const { fromMs, toMs } = asking.window;
  const range: [string, string][] = [
    ['start', secondsOf(fromMs)],
    ['end', secondsOf(toMs)],
  ];
  const wanted = asking.list('metrics').map((m) => anchored(m));
  const names = await asking.look('label/__name__/values', async () => {
    const parameters: [string, string][] = [...range];
    if (match !== undefined) parameters.push(['match[]', `{${match.replace(/^\{|\}$/g, '')}}`]);
    const { data } = dataOf(await asking.client.ask({ path: '/api/v1/label/__name__/values', parameters }));
    return arrayOf(data)
      .map(String)
      .filter((n) => (wanted.length > 0 ? wanted.some((w) => w.test(n)) : !isAboutItself(n)))
      .sort();
  });
  const counts = new Map(await asking.look('series', () => seriesCounts(asking, names, match, range)));
  const metadata = await asking.look('metadata', () => metadataOf(asking, counts));
  const families = familiesOf(counts, new Map(metadata));
  const mostSeries = positive(asking.option('series')) ?? MOST_SERIES;
  const { kept, left } = withinSeries(families, mostSeries);
  const series = kept.reduce((a, f) => a + f.series, 0);
  const interval =
    positive(asking.option('step')) ?? (await asking.look('interval', () => scrapeInterval(asking)));
  const mostPoints = positive(asking.option('points')) ?? MOST_POINTS_IN_ALL;
  const seconds = Math.max(1, (toMs - fromMs) / 1000);
  const fits = Math.ceil((seconds * series) / mostPoints / interval);
  return {
    families: kept,
    // A multiple of the interval, so that points stay where samples are.
    stepSeconds: interval * Math.max(1, fits),
    left: left.map((f) => f.name),
    leftSeries: left.reduce((a, f) => a + f.series, 0),
    mostSeries,
  };
}

const positive = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
};

function anchored(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw new AskFault('bad-request', `\`${pattern.slice(0, 60)}\` is no regular expression of metric names`);
  }
}

/** Series by name. An answer that is too large halves the names; one name that is too large counts as very many. */
async function seriesCounts(
  asking: Asking,
  names: readonly string[],
  match: string | undefined,
  range: readonly [string, string][],
): Promise<[string, number][]> {
  const counts = new Map<string, number>();
  const ask = async (some: readonly string[]): Promise<void> => {
    try {
      const { data } = dataOf(
        await asking.client.ask(form('/api/v1/series', [['match[]', selectorOf(some, match)], ...range])),
      );
      for (const one of arrayOf(data)) {
        const name = isObject(one) ? String(one.__name__ ?? '') : '';
        if (name !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    } catch (error) {
      const tooMuch = error instanceof AskFault && ['too-much', 'too-large', 'too-slow'].includes(error.kind);
      if (!tooMuch) throw error;
      const [only, ...more] = some;
      if (only === undefined) return;
      if (more.length === 0) {
        counts.set(only, 10_000_000);
        return;
      }
      const half = Math.ceil(some.length / 2);
      await ask(some.slice(0, half));
      await ask(some.slice(half));
    }
  };
  for (let i = 0; i < names.length; i += NAMES_A_LOOK) await ask(names.slice(i, i + NAMES_A_LOOK));
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the targets said of their metrics. Not every compatible system keeps it; then names tell. */
async function metadataOf(asking: Asking, counts: ReadonlyMap<string, number>): Promise<[string, Meta][]> {
  const answer = await asking.client.ask({ path: '/api/v1/metadata' }).catch((error: unknown) => {
    if (error instanceof AskFault && !['cancelled', 'spent'].includes(error.kind)) return undefined;
    throw error;
  });
  if (!answer) return [];
  const { data } = dataOf(answer);
  if (!isObject(data)) return [];
  const bases = new Set(
    [...counts.keys()].flatMap((n) => [n, n.replace(/_(?:bucket|sum|count|total)$/, '')]),
  );
  return Object.entries(data).flatMap(([name, list]): [string, Meta][] => {
    const first = arrayOf(list)[0];
    if (!bases.has(name) || !isObject(first)) return [];
    return [
      [
        name,
        {
          type: String(first.type ?? ''),
          help: String(first.help ?? '').slice(0, 300),
          unit: String(first.unit ?? ''),
        },
      ],
    ];
  });
}

/** Seconds between samples, from how often targets were scraped in ten minutes at the window's end. */
async function scrapeInterval(asking: Asking): Promise<number> {
  const answer = await asking.client
    .ask(
      form('/api/v1/query', [
        ['query', 'quantile(0.5, count_over_time(up[10m]))'],
        ['time', secondsOf(asking.window.toMs)],
      ]),
    )
    .catch((error: unknown) => {
      if (error instanceof AskFault && error.kind === 'bad-request') return undefined;
      throw error;
    });
  const result = answer && dataOf(answer).data;
  const first = isObject(result) ? arrayOf(result.result)[0] : undefined;
  const value = isObject(first) ? Number(arrayOf(first.value)[1]) : Number.NaN;
  if (!(value > 1)) return USUAL_INTERVAL_SECONDS;
  const seconds = 600 / value;
  // Scrapes are set in round numbers; a count over ten minutes is off by one at most.
  return [1, 2, 5, 10, 15, 20, 30, 60, 120, 300].find((s) => seconds <= s * 1.15) ?? Math.ceil(seconds);
}
