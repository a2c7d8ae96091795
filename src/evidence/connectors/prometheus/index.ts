import { isObject } from '../../readers/sample.js';
import { AskFault } from '../live/fault.js';
import {
  type Asking,
  bearerOrBasic,
  isoMs,
  type Page,
  type PlannedQuery,
  type SourceSystem,
  secondsOf,
} from '../source.js';
import { alertPage } from './alerts.js';
import { dataOf, form, saysTooMuch, selectorOf } from './api.js';
import { type Discovered, discover } from './discover.js';
import { exemplarsOf } from './exemplars.js';
import type { Family } from './families.js';
import { type RangeExemplar, seriesOf, writeMatrix } from './matrix.js';

/** Servers refuse more points a series; some of them count both ends. */
const MOST_POINTS = 10_999;
/** Samples of one answer: some 3 MB of JSON, read in a fraction of a second. */
const SAMPLES_A_PAGE = 100_000;
const NAMES_A_PAGE = 40;

/** Prometheus and what speaks its API: VictoriaMetrics, Mimir, Thanos, Cortex, Amazon and Google managed services. */
export default {
  id: 'prometheus',
  title: 'Prometheus',
  asks: 'query_range of all series but those of the monitoring itself, and the alerts that fired',
  example: 'http://prometheus:9090',
  products: ['prometheus', 'victoriametrics', 'mimir', 'thanos', 'cortex', 'grafana-mimir'],
  gives: ['metrics', 'alerts'],
  address: 'url',
  credentials: { token: ['PROMETHEUS_TOKEN'], user: ['PROMETHEUS_USER'], password: ['PROMETHEUS_PASSWORD'] },
  options: {
    match: 'matchers that every series has to fit: namespace="shop",env="prod"',
    metrics:
      'names of metrics, or regular expressions of names; all but those of the monitoring itself when left out',
    step: 'seconds between points; the scrape interval, or more when the window is long, when left out',
    series: 'most series (default 20000)',
    points: 'most points in all (default 5000000)',
    tenant: 'sent as X-Scope-OrgID (Mimir, Cortex)',
  },
  headers: (credential, entry) => ({
    ...bearerOrBasic(credential),
    ...(typeof entry.options.tenant === 'string' ? { 'x-scope-orgid': entry.options.tenant } : {}),
  }),
  isTooMuch: saysTooMuch,
  async probe({ client }) {
    try {
      const { data } = dataOf(await client.ask({ path: '/api/v1/status/buildinfo' }));
      const info = isObject(data) ? data : {};
      const product = typeof info.application === 'string' ? `${info.application} ` : '';
      return {
        version: `${product}${String(info.version ?? '')}`.trim(),
        can: ['metrics', 'alerts'],
        notes: [],
      };
    } catch (error) {
      if (!(error instanceof AskFault) || error.kind !== 'not-found') throw error;
      // Proxies in front of Thanos or a managed service often let queries through and nothing else.
      dataOf(await client.ask(form('/api/v1/query', [['query', 'vector(1)']])));
      return { version: '', can: ['metrics'], notes: ['It answers queries but not status/buildinfo.'] };
    }
  },
  async plan(asking) {
    const found = await discover(asking);
    return [...rangePages(asking, found, [])].map((p) => p.planned);
  },
  async collect(asking) {
    const found = await discover(asking);
    if (found.left.length > 0)
      asking.gap({
        severity: 'note',
        what: `${found.left.length} metrics with ${found.leftSeries} series were left out to stay below ${found.mostSeries} series: ${found.left.slice(0, 5).join(', ')}${found.left.length > 5 ? ' …' : ''}.`,
        todo: 'Name matchers or metrics for this source (match, metrics), or raise series.',
      });
    if (found.families.length === 0) {
      asking.gap({
        what: 'Prometheus has no series in this window.',
        todo: 'Check the window and the matchers (match).',
      });
      return;
    }
    const exemplars = await exemplarsOf(asking, found.families);
    const warned = new Set<string>();
    await asking.pages([...rangePages(asking, found, exemplars, warned)].map((p) => p.page));
    await alertPage(asking, found.stepSeconds);
  },
} satisfies SourceSystem;

/** Range queries over families, so many names and points together as one answer may hold. */
function* rangePages(
  asking: Asking,
  { families, stepSeconds }: Discovered,
  exemplars: readonly RangeExemplar[],
  warned: Set<string> = new Set(),
): Generator<{ page: Page; planned: PlannedQuery }> {
  const { fromMs, toMs } = asking.window;
  const stepMs = stepSeconds * 1000;
  const points = Math.max(1, Math.ceil((toMs - fromMs) / stepMs));
  for (const group of grouped(families, points)) {
    const series = group.reduce((a, f) => a + f.series, 0);
    const each = Math.max(1, Math.min(MOST_POINTS, points, Math.floor(SAMPLES_A_PAGE / Math.max(1, series))));
    for (let first = 0; first < points; first += each) {
      const last = Math.min(points, first + each) - 1;
      const page = rangePage(asking, group, exemplars, fromMs, stepMs, first, last, warned);
      yield { page, planned: { query: page.query, calls: 1, records: series * (last - first + 1) } };
    }
  }
}

/** Families whose answers fit together. */
function grouped(families: readonly Family[], points: number): Family[][] {
  const groups: Family[][] = [];
  let samples = 0;
  let names = 0;
  for (const family of families) {
    const own = family.series * Math.min(points, MOST_POINTS);
    const last = groups.at(-1);
    if (last && samples + own <= SAMPLES_A_PAGE && names + family.members.length <= NAMES_A_PAGE) {
      last.push(family);
      samples += own;
      names += family.members.length;
    } else {
      groups.push([family]);
      samples = own;
      names = family.members.length;
    }
  }
  return groups;
}

function rangePage(
  asking: Asking,
  families: readonly Family[],
  exemplars: readonly RangeExemplar[],
  originMs: number,
  stepMs: number,
  first: number,
  last: number,
  warned: Set<string>,
): Page {
  // Histograms are told as increases, which take one reading from before.
  const earlier = families.some((f) => f.type === 'histogram') ? 1 : 0;
  const fromMs = originMs + (first - earlier) * stepMs;
  const toMs = originMs + last * stepMs;
  const selector = selectorOf(
    families.flatMap((f) => f.members),
    asking.option('match'),
  );
  return {
    query: `${selector} from ${isoMs(fromMs)} to ${isoMs(toMs)} step ${stepMs / 1000} s`,
    ask: () =>
      asking.client.ask(
        form('/api/v1/query_range', [
          ['query', selector],
          ['start', secondsOf(fromMs)],
          ['end', secondsOf(toMs)],
          ['step', String(stepMs / 1000)],
        ]),
      ),
    read(answer, sink) {
      const { data, warnings } = dataOf(answer);
      for (const w of warnings.filter((x) => !warned.has(x)).slice(0, 3)) {
        warned.add(w);
        asking.gap({
          what: `An answer is only a part: ${w.slice(0, 200)}.`,
          todo: 'Check the stores behind it, then run again.',
        });
      }
      const all = seriesOf(data);
      writeMatrix(all, families, exemplars, sink);
    },
    split() {
      if (last > first) {
        const middle = Math.floor((first + last) / 2);
        return [
          rangePage(asking, families, exemplars, originMs, stepMs, first, middle, warned),
          rangePage(asking, families, exemplars, originMs, stepMs, middle + 1, last, warned),
        ];
      }
      if (families.length < 2) return [];
      const half = Math.ceil(families.length / 2);
      return [families.slice(0, half), families.slice(half)].map((f) =>
        rangePage(asking, f, exemplars, originMs, stepMs, first, last, warned),
      );
    },
  };
}
