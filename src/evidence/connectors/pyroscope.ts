import pyroscopeJson from '../readers/profiles/pyroscope.js';
import { arrayOf, isObject, type JsonObject, sampleOf } from '../readers/sample.js';
import type { Sink } from '../readers/sink.js';
import { AskFault } from './live/fault.js';
import { type Answer, parseJson, type Question } from './live/http.js';
import { countOption } from './live/slices.js';
import {
  type Asking,
  bearerOrBasic,
  isoMs,
  nsOf,
  type Page,
  type SourceSystem,
  type TimeWindow,
} from './source.js';

const SERVICES = 20;
const MAX_NODES = 8192;
/** What is asked of each service, when it has it: where time goes, what allocates, what waits. */
const WANTED =
  /^(?:process_cpu:cpu:|process_cpu:samples:|wall:|memory:alloc_(?:space|in_new_tlab_bytes):|memory:inuse_space:|mutex:delay:|block:delay:|goroutines?:)/;

interface Known {
  /** Absent on servers before 1.0, which have the render API alone. */
  connect: boolean;
  types: string[];
  services: string[];
}

export default {
  id: 'pyroscope',
  title: 'Grafana Pyroscope',
  asks: 'merged stacks of each service: processor, allocation, waits; with a baseline, both times by one comparison',
  example: 'http://pyroscope:4040',
  products: ['pyroscope', 'grafana-pyroscope'],
  gives: ['profiles'],
  address: 'url',
  credentials: { token: ['PYROSCOPE_TOKEN'], user: ['PYROSCOPE_USER'], password: ['PYROSCOPE_PASSWORD'] },
  options: {
    services: 'services whose profiles are taken; the first 20 when left out',
    types: 'ids of profile types; processor, allocation, heap and waits when left out',
    tenant: 'sent as X-Scope-OrgID',
  },
  headers: (credential, entry) => ({
    ...bearerOrBasic(credential),
    ...(typeof entry.options.tenant === 'string' ? { 'x-scope-orgid': entry.options.tenant } : {}),
  }),
  async probe(asking) {
    const known = await knownTo(asking);
    return {
      version: known.connect ? 'querier v1' : 'render API',
      can: ['profiles'],
      notes: known.services.length === 0 ? ['It has no profile in this window.'] : [],
    };
  },
  async plan(asking) {
    return pagesOf(asking, await knownTo(asking)).map((p) => ({ query: p.query, calls: 1 }));
  },
  async collect(asking) {
    const known = await knownTo(asking);
    const pages = pagesOf(asking, known);
    if (pages.length === 0)
      asking.gap({
        what: 'Pyroscope has no profile in this window.',
        todo: 'Check the window, and that a profiler sends to it.',
      });
    await asking.pages(pages);
  },
} satisfies SourceSystem;

/** A call of the Connect protocol: a POST of JSON; a wrong content type is refused with 415. */
const connect = (method: string, body: unknown): Question => ({
  method: 'POST',
  path: `/querier.v1.QuerierService/${method}`,
  body,
  headers: { 'connect-protocol-version': '1' },
});

function knownTo(asking: Asking): Promise<Known> {
  const { fromMs, toMs } = asking.window;
  // 64-bit numbers are text in proto3 JSON.
  const range = { start: String(fromMs), end: String(toMs) };
  return asking.look('profile types and services', async () => {
    const wanted = asking.list('services');
    const types = await asking.client.ask({ ...connect('ProfileTypes', range), accepts: [404, 405] });
    if (types.status === 404 || types.status === 405) return legacy(asking, wanted);
    const list = parseJson(types);
    const ids = (isObject(list) ? arrayOf(list.profileTypes) : [])
      .filter(isObject)
      .map((t) => String(t.ID ?? t.id ?? ''))
      .filter((id) => id !== '');
    const names =
      wanted.length > 0
        ? [...wanted]
        : namesIn(await asking.client.json(connect('LabelValues', { name: 'service_name', ...range })));
    return { connect: true, types: chosen(asking, ids), services: names };
  });
}

/** Servers before 1.0: names are `app.cpu`, one for each service and type. */
async function legacy(asking: Asking, wanted: readonly string[]): Promise<Known> {
  const value = await asking.client.json({ path: '/label-values', parameters: [['label', '__name__']] });
  const names = arrayOf(value).map(String);
  return {
    connect: false,
    types: [],
    services: names.filter((n) => wanted.length === 0 || wanted.some((w) => n.startsWith(`${w}.`))),
  };
}

const namesIn = (value: unknown): string[] =>
  isObject(value) ? arrayOf(value.names).map(String).sort() : [];

function chosen(asking: Asking, ids: readonly string[]): string[] {
  const named = asking.list('types');
  return [
    ...new Set(
      named.length > 0 ? ids.filter((id) => named.includes(id)) : ids.filter((id) => WANTED.test(id)),
    ),
  ].sort();
}

function pagesOf(asking: Asking, known: Known): Page[] {
  const services = known.services.slice(0, countOption(undefined, SERVICES));
  if (known.services.length > SERVICES)
    asking.gap({
      severity: 'note',
      what: `Profiles of ${SERVICES} of ${known.services.length} services are taken.`,
      todo: 'Name those that matter: `services: […]`.',
    });
  return known.connect
    ? services.flatMap((s) => known.types.map((t) => connectPage(asking, s, t)))
    : services.map((s) => renderPage(asking, s));
}

/** The window that this one is compared with: a baseline's incident, an incident's baseline. */
function otherOf({ window, windows }: Asking): TimeWindow | undefined {
  const wanted =
    window.role === 'incident' ? 'baseline' : window.role === 'baseline' ? 'incident' : undefined;
  return wanted === undefined ? undefined : windows.find((w) => w.role === wanted);
}

/**
 * Both times at once where there are two: the server cuts a graph to its largest nodes, and of two graphs that it cuts
 * apart a function may be in one and not in the other, which would look like a change.
 */
function connectPage(asking: Asking, service: string, type: string): Page {
  const { fromMs, toMs } = asking.window;
  const selector = `{service_name=${JSON.stringify(service)}}`;
  const other = otherOf(asking);
  const merge = (w: { fromMs: number; toMs: number }) => ({
    profileTypeID: type,
    labelSelector: selector,
    start: String(w.fromMs),
    end: String(w.toMs),
    maxNodes: String(MAX_NODES),
  });
  return {
    query: `${type}${selector} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    async ask() {
      if (other) {
        const [left, right] =
          asking.window.role === 'baseline' ? [asking.window, other] : [other, asking.window];
        const both = await asking.client.ask({
          ...connect('Diff', { left: merge(left), right: merge(right) }),
          accepts: NO_DIFF,
        });
        if (!NO_DIFF.includes(both.status)) return both;
      }
      return asking.client.ask(connect('SelectMergeStacktraces', merge(asking.window)));
    },
    async read(answer, sink) {
      const value = parseJson(answer);
      const graph = isObject(value) ? value.flamegraph : undefined;
      // A type that this service does not have is an answer without a flame graph.
      if (!isObject(graph)) return;
      const [, , unit = ''] = type.split(':');
      const given = arrayOf(graph.levels).map((l) => (isObject(l) ? arrayOf(l.values).map(Number) : []));
      const levels =
        'leftTicks' in graph || 'rightTicks' in graph ? oneSide(given, asking.window.role) : given;
      await write(
        asking,
        service,
        { names: graph.names, levels },
        type.split(':')[1] ?? 'samples',
        unit,
        sink,
      );
    },
  };
}

/** Statuses of servers that cannot compare. */
const NO_DIFF: readonly number[] = [404, 405, 501];
const BOTH = 7;

/** One side of a comparison: of each bar `left offset, total, self; right offset, total, self; name`. */
export function oneSide(levels: readonly (readonly number[])[], role: TimeWindow['role']): number[][] {
  const first = role === 'baseline' ? 0 : 3;
  return levels
    .map((level, depth) => {
      if (level.length % BOTH !== 0)
        throw new AskFault('malformed', `level ${depth} of its comparison has ${level.length} numbers`);
      const own: number[] = [];
      // Offsets count from the end of the bar before: one that is left out hands its own on.
      let skipped = 0;
      for (let i = 0; i < level.length; i += BOTH) {
        const at = (k: number): number => level[i + k] ?? 0;
        const [offset, total, self] = [at(first) + skipped, at(first + 1), at(first + 2)];
        if (total === 0) skipped = offset;
        else {
          own.push(offset, total, self, at(BOTH - 1));
          skipped = 0;
        }
      }
      return own;
    })
    .filter((level) => level.length > 0);
}

function renderPage(asking: Asking, name: string): Page {
  const { fromMs, toMs } = asking.window;
  const other = otherOf(asking);
  const side = (which: 'left' | 'right', w: TimeWindow): (readonly [string, string])[] => [
    [`${which}Query`, `${name}{}`],
    [`${which}From`, String(w.fromMs)],
    [`${which}Until`, String(w.toMs)],
  ];
  return {
    query: `render ${name}{} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    async ask() {
      if (other) {
        const [left, right] =
          asking.window.role === 'baseline' ? [asking.window, other] : [other, asking.window];
        const both = await asking.client.ask({
          path: '/render-diff',
          parameters: [
            ...side('left', left),
            ...side('right', right),
            ['format', 'json'],
            ['max-nodes', String(MAX_NODES)],
          ],
          accepts: NO_DIFF,
        });
        if (!NO_DIFF.includes(both.status)) return both;
      }
      return asking.client.ask({
        path: '/render',
        parameters: [
          ['query', `${name}{}`],
          ['from', String(fromMs)],
          ['until', String(toMs)],
          ['format', 'json'],
          ['max-nodes', String(MAX_NODES)],
        ],
      });
    },
    async read(answer: Answer, sink: Sink) {
      const value = parseJson(answer);
      if (!isObject(value) || !isObject(value.flamebearer))
        throw new AskFault('malformed', 'its answer holds no flamebearer');
      const metadata: JsonObject = isObject(value.metadata) ? value.metadata : {};
      const units = String(metadata.units ?? 'samples');
      const bars = arrayOf(value.flamebearer.levels).map((l) => arrayOf(l).map(Number));
      const flamebearer =
        metadata.format === 'double'
          ? { ...value.flamebearer, levels: oneSide(bars, asking.window.role) }
          : value.flamebearer;
      await write(
        asking,
        name.replace(/\.[^.]+$/, ''),
        flamebearer,
        units,
        units === 'samples' ? 'count' : units,
        sink,
        metadata,
      );
    },
  };
}

/**
 * Levels hold, for each bar, its distance from the end of the bar before it, its total, its own weight and its name: both
 * APIs give them alike, and so do files, whose reader is used.
 */
async function write(
  asking: Asking,
  service: string,
  flamebearer: JsonObject,
  typeName: string,
  unit: string,
  sink: Sink,
  metadata: JsonObject = {},
): Promise<void> {
  if (arrayOf(flamebearer.names).length < 2) return;
  const bytes = Buffer.from(
    JSON.stringify({ flamebearer, metadata: { units: typeName, ...metadata, format: 'single' } }),
  );
  const profile = await pyroscopeJson.parse({
    sample: sampleOf(bytes.subarray(0, 1 << 16), false),
    bytes: (async function* () {
      yield bytes;
    })(),
  });
  const { fromMs, toMs } = asking.window;
  sink.profile({
    ...profile,
    sampleTypes: [{ name: typeName, unit }],
    startNs: nsOf(fromMs),
    durationNs: (toMs - fromMs) * 1e6,
    labels: [{ key: 'service_name', value: service, weight: profile.samples }],
  });
}
