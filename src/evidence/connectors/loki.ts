import { resources } from '../readers/json-map.js';
import { arrayOf, isObject } from '../readers/sample.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { writeLogLine } from './live/log-line.js';
import { countOption, slicesOf } from './live/slices.js';
import { type Asking, bearerOrBasic, isoMs, nsOf, type Page, type SourceSystem } from './source.js';

const LINES = 50_000;
const SLICES = 20;
/** Servers refuse a higher limit unless they are set to allow it. */
const MOST_A_PAGE = 5000;
const SERVICE_LABELS = ['service_name', 'service', 'app', 'app_kubernetes_io_name', 'container', 'job'];

export default {
  id: 'loki',
  title: 'Grafana Loki',
  asks: 'lines of all services, spread over the window',
  example: 'http://loki:3100',
  products: ['loki', 'grafana-loki'],
  gives: ['logs'],
  address: 'url',
  credentials: { token: ['LOKI_TOKEN'], user: ['LOKI_USER'], password: ['LOKI_PASSWORD'] },
  options: {
    query: 'LogQL of the streams to take: {namespace="shop"}; all of the services when left out',
    lines: 'most lines for a window (default 50000), spread over it',
    tenant: 'sent as X-Scope-OrgID',
  },
  headers: (credential, entry) => ({
    ...bearerOrBasic(credential),
    ...(typeof entry.options.tenant === 'string' ? { 'x-scope-orgid': entry.options.tenant } : {}),
  }),
  isTooMuch: (status, body) =>
    (status === 400 || status === 422 || status === 500) &&
    /max entries limit|too many (?:chunks|bytes|series|outstanding)|would read too many bytes|query too large/i.test(
      body,
    ),
  async probe({ client }) {
    const answer = await client.ask({ path: '/loki/api/v1/status/buildinfo', accepts: [404] });
    const value = answer.status === 404 ? {} : parseJson(answer);
    if (answer.status === 404) await client.json({ path: '/loki/api/v1/labels' });
    return { version: isObject(value) ? String(value.version ?? '') : '', can: ['logs'], notes: [] };
  },
  async plan(asking) {
    const query = await queryOf(asking);
    const lines = countOption(asking.option('lines'), LINES);
    return [{ query, calls: SLICES * Math.max(1, Math.ceil(lines / SLICES / MOST_A_PAGE)), records: lines }];
  },
  async collect(asking) {
    const query = await queryOf(asking);
    const lines = countOption(asking.option('lines'), LINES);
    const cut = { count: 0 };
    const perSlice = Math.max(1, Math.ceil(lines / SLICES));
    for (const slice of slicesOf(asking.window, SLICES)) await readSlice(asking, query, slice, perSlice, cut);
    if (cut.count > 0)
      asking.gap({
        severity: 'note',
        what: `${cut.count} of ${SLICES} slices of the window had more than ${perSlice} lines; the first of each were taken.`,
        todo: 'Narrow the query (query: …), or raise lines.',
      });
  },
} satisfies SourceSystem;

/** The user's query, or the streams of all services by the first label that the server has. */
function queryOf(asking: Asking): Promise<string> {
  return asking.look('streams', async () => {
    const given = asking.option('query');
    if (given !== undefined) return given;
    const { fromMs, toMs } = asking.window;
    const value = await asking.client.json({
      path: '/loki/api/v1/labels',
      parameters: [
        ['start', String(nsOf(fromMs))],
        ['end', String(nsOf(toMs))],
      ],
    });
    const labels = isObject(value) ? arrayOf(value.data).map(String) : [];
    const label = SERVICE_LABELS.find((l) => labels.includes(l));
    if (label === undefined)
      throw new AskFault(
        'bad-request',
        `no label names services (it has ${labels.slice(0, 8).join(', ') || 'none'}); give a query`,
      );
    return `{${label}=~".+"}`;
  });
}

/** One slice, page after page from where the last ended. Lines of one nanosecond that a page cuts are asked for again and skipped. */
async function readSlice(
  asking: Asking,
  query: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  most: number,
  cut: { count: number },
): Promise<void> {
  let fromNs = nsOf(fromMs);
  let skip = 0;
  let left = most;
  while (left > 0) {
    // What was seen of the first nanosecond comes again and is not a line more.
    const limit = Math.min(MOST_A_PAGE, left + skip);
    const next: string | undefined = await asking.page(
      linePage(asking, query, fromNs, nsOf(toMs), limit, skip),
    );
    if (next === undefined) return;
    const [at = '0', again = '0', taken = '0'] = next.split(' ');
    // A nanosecond with more lines than a page holds cannot be passed by its time.
    if (BigInt(at) === fromNs && Number(again) >= limit) break;
    fromNs = BigInt(at);
    skip = Number(again);
    left -= Number(taken);
  }
  cut.count++;
}

const linePage = (
  asking: Asking,
  query: string,
  fromNs: bigint,
  toNs: bigint,
  limit: number,
  skip: number,
): Page => ({
  query: `${query} from ${isoMs(Number(fromNs / 1_000_000n))} (${fromNs}) to ${isoMs(Number(toNs / 1_000_000n))}, at most ${limit}`,
  ask: () =>
    asking.client.ask({
      path: '/loki/api/v1/query_range',
      parameters: [
        ['query', query],
        ['start', String(fromNs)],
        ['end', String(toNs)],
        ['limit', String(limit)],
        ['direction', 'forward'],
      ],
    }),
  read(answer, sink) {
    const value = parseJson(answer);
    const data =
      isObject(value) && value.status === 'success' && isObject(value.data) ? value.data : undefined;
    if (data?.resultType !== 'streams')
      throw new AskFault('malformed', 'its answer holds no streams; the query must be one of log lines');
    const lines = arrayOf(data.result)
      .filter(isObject)
      .flatMap((s) => {
        const labels = isObject(s.stream) ? s.stream : {};
        return arrayOf(s.values).flatMap((v) =>
          Array.isArray(v) && /^\d{1,19}$/.test(String(v[0]))
            ? [{ labels, ns: BigInt(String(v[0])), text: String(v[1]), more: isObject(v[2]) ? v[2] : {} }]
            : [],
        );
      })
      .sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
    const fresh = lines.slice(skip);
    const resource = resources(sink);
    for (const { labels, ns, text, more } of fresh) {
      const service = SERVICE_LABELS.map((l) => labels[l]).find((v) => typeof v === 'string' && v !== '');
      const own = Object.entries({ ...labels, ...more }).map(([k, v]) => [k, String(v)] as const);
      writeLogLine(
        { timeNs: ns, text, known: { ...labels, ...more }, attributes: own },
        resource(String(service ?? '')),
        sink,
      );
    }
    const last = lines.at(-1)?.ns;
    if (last === undefined || lines.length < limit) return;
    return `${last} ${lines.filter((l) => l.ns === last).length} ${fresh.length}`;
  },
});
