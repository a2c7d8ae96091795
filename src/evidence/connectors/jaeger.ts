import jaegerJson from '../readers/jaeger-json.js';
import { writeOtlp } from '../readers/otlp-map.js';
import { arrayOf, isObject, type JsonObject } from '../readers/sample.js';
import type { Sink } from '../readers/sink.js';
import { AskFault } from './live/fault.js';
import { type Answer, parseJson } from './live/http.js';
import { readAs } from './live/read-as.js';
import { createSeenTraces, type SeenTraces, spansOf } from './live/seen-traces.js';
import { countOption, slicesOf } from './live/slices.js';
import { type Asking, bearerOrBasic, isoMs, type Page, type SourceSystem } from './source.js';

/**
 * How the server spells its search: v3 with proto3 JSON names, v3 with the names of before, or the API of the user
 * interface, whose search newer servers no longer have.
 */
type Dialect = 'v3' | 'v3-snake' | 'v1';

/** Searches that are made for one window, over all services. */
const SEARCHES = 240;
const MOST_SLICES = 24;
const TRACES = 2000;

interface Search {
  dialect: Dialect;
  services: readonly string[];
}

export default {
  id: 'jaeger',
  title: 'Jaeger',
  asks: 'traces of each service, spread over the window',
  example: 'http://jaeger-query:16686',
  products: ['jaeger', 'victoriatraces'],
  gives: ['traces'],
  address: 'url',
  credentials: { token: ['JAEGER_TOKEN'], user: ['JAEGER_USER'], password: ['JAEGER_PASSWORD'] },
  options: {
    services: 'services whose traces are searched; all when left out',
    traces: 'most traces for a window (default 2000), spread over it',
  },
  headers: (credential) => bearerOrBasic(credential),
  async probe(asking) {
    const { dialect, services } = await searchOf(asking);
    return {
      version: dialect === 'v1' ? 'API of the user interface' : 'API v3',
      can: ['traces'],
      notes: services.length === 0 ? ['It knows no service yet.'] : [],
    };
  },
  async plan(asking) {
    const search = await searchOf(asking);
    const { pages, depth } = pagesOf(asking, search, createSeenTraces());
    return pages.length === 0
      ? []
      : [
          {
            query: `traces of ${search.services.length} services, at most ${depth} each and slice of time`,
            calls: pages.length,
          },
        ];
  },
  async collect(asking) {
    const search = await searchOf(asking);
    const seen = createSeenTraces();
    const { pages } = pagesOf(asking, search, seen);
    if (pages.length === 0) {
      asking.gap({ what: 'Jaeger knows no service.', todo: 'Check that spans reach it, and its storage.' });
      return;
    }
    await asking.pages(pages);
    if (seen.count() === 0)
      asking.gap({
        what: 'Jaeger has no trace in this window.',
        todo: 'Check the window, and how long traces are kept.',
      });
  },
} satisfies SourceSystem;

/** Services, and the dialect that answers: v3 is tried first. */
function searchOf(asking: Asking): Promise<Search> {
  return asking.look('services', async () => {
    const wanted = asking.list('services');
    const named = (value: unknown, key: string): string[] =>
      isObject(value) ? arrayOf(value[key]).map(String).sort() : [];
    const v3 = await asking.client.ask({ path: '/api/v3/services', accepts: [404] });
    let services = v3.status === 404 ? [] : named(parseJson(v3), 'services');
    let dialect: Dialect = 'v3';
    if (v3.status === 404) {
      dialect = 'v1';
      services = named(await asking.client.json({ path: '/api/services' }), 'data');
    } else if (services.length > 0) dialect = await spelling(asking, services[0] ?? '');
    return { dialect, services: wanted.length > 0 ? [...wanted] : services };
  });
}

/** A server of before names its own parameter when it misses it. */
async function spelling(asking: Asking, service: string): Promise<Dialect> {
  const { fromMs } = asking.window;
  try {
    await asking.client.ask(v3Question(service, fromMs, fromMs + 1, 1, 'v3'));
    return 'v3';
  } catch (error) {
    if (
      error instanceof AskFault &&
      error.kind === 'bad-request' &&
      /start_time_min|service_name/.test(error.what)
    )
      return 'v3-snake';
    throw error;
  }
}

function v3Question(service: string, fromMs: number, toMs: number, depth: number, dialect: Dialect) {
  const name = (camel: string, snake: string): string => `query.${dialect === 'v3' ? camel : snake}`;
  return {
    path: '/api/v3/traces',
    parameters: [
      [name('serviceName', 'service_name'), service],
      // Both times are required.
      [name('startTimeMin', 'start_time_min'), isoMs(fromMs)],
      [name('startTimeMax', 'start_time_max'), isoMs(toMs)],
      [name('searchDepth', 'num_traces'), String(depth)],
    ] as const,
    // "No traces found" is a 404 here, not an empty list.
    accepts: [404],
  };
}

function pagesOf(asking: Asking, search: Search, seen: SeenTraces): { pages: Page[]; depth: number } {
  const { services, dialect } = search;
  const slices = slicesOf(
    asking.window,
    Math.max(1, Math.min(MOST_SLICES, Math.floor(SEARCHES / Math.max(1, services.length)))),
  );
  const most = countOption(asking.option('traces'), TRACES);
  const depth = Math.max(1, Math.min(1000, Math.ceil(most / (slices.length * Math.max(1, services.length)))));
  const pages = slices.flatMap(({ fromMs, toMs }) =>
    services.map((service) => pageOf(asking, dialect, service, fromMs, toMs, depth, seen)),
  );
  return { pages, depth };
}

function pageOf(
  asking: Asking,
  dialect: Dialect,
  service: string,
  fromMs: number,
  toMs: number,
  depth: number,
  seen: SeenTraces,
): Page {
  const query = `traces of ${service} from ${isoMs(fromMs)} to ${isoMs(toMs)}, at most ${depth}`;
  return {
    query,
    ask: () =>
      asking.client.ask(
        dialect === 'v1'
          ? {
              path: '/api/traces',
              parameters: [
                ['service', service],
                ['start', String(Math.floor(fromMs * 1000))],
                ['end', String(Math.floor(toMs * 1000))],
                ['limit', String(depth)],
              ],
              accepts: [404],
            }
          : v3Question(service, fromMs, toMs, depth, dialect),
      ),
    kept: (next) => seen.keep(query, next),
    async read(answer, sink) {
      if (answer.status === 404) return;
      if (dialect === 'v1') await writeV1(answer, query, seen, sink);
      else writeV3(answer, query, seen, sink);
      return seen.ofPage(query);
    },
    split() {
      const middle = Math.floor((fromMs + toMs) / 2);
      if (middle <= fromMs || depth < 2) return [];
      const half = Math.ceil(depth / 2);
      return [
        pageOf(asking, dialect, service, fromMs, middle, half, seen),
        pageOf(asking, dialect, service, middle, toMs, half, seen),
      ];
    },
  };
}

/** OTLP, wrapped in `result`; a streaming gateway sends several such objects one after the other. */
function writeV3(answer: Answer, page: string, seen: SeenTraces, sink: Sink): void {
  for (const value of objectsOf(answer)) {
    const result = isObject(value.result) ? value.result : value;
    for (const group of spansOf(result.resourceSpans, (id) => seen.isNew(id, page)))
      writeOtlp('resourceSpans', group, 0, sink);
  }
}

function objectsOf(answer: Answer): JsonObject[] {
  const text = answer.bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? [value] : [];
  } catch {
    return text
      .split('\n')
      .filter((l) => l.trim() !== '')
      .map((l) => {
        const value: unknown = JSON.parse(l);
        if (!isObject(value)) throw new AskFault('malformed', 'its stream of traces holds something else');
        return value;
      });
  }
}

async function writeV1(answer: Answer, page: string, seen: SeenTraces, sink: Sink): Promise<void> {
  const value = parseJson(answer);
  if (!isObject(value) || !Array.isArray(value.data))
    throw new AskFault('malformed', 'its answer to a search has no list of traces');
  const traces = value.data.filter((t) => isObject(t) && seen.isNew(String(t.traceID ?? ''), page));
  if (traces.length > 0) await readAs(jaegerJson, Buffer.from(JSON.stringify({ data: traces })), sink);
}
