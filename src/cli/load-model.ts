import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { collect } from '../evidence/collect.js';
import { LoadFault } from '../evidence/readers/load/reader.js';
import { readLoadSeries } from '../evidence/readers/load-series.js';
import { openStore } from '../evidence/store/index.js';
import { accessLine } from '../experiments/load/access-log.js';
import { atCountedRate, type CountedRequests, countedLoad } from '../experiments/load/counted-load.js';
import { metricRequests, type ServedCounts } from '../experiments/load/metric-requests.js';
import { type ObservedLoad, type ObservedRequest, observedLoad } from '../experiments/load/observe.js';
import { planOfObserved, planText, seenOf } from '../experiments/load/observed-plan.js';
import { SCRIPT_TOOLS, scriptLoad } from '../experiments/load/scripts/index.js';
import { type TracedRequests, tracedRequests } from '../experiments/load/traced-requests.js';
import { EXIT, UserError } from './exit.js';

export interface LoadModelOptions {
  for: string;
  out?: string;
  target: string;
  p99?: string;
  service?: string;
  json?: boolean;
}

const OWN_PLAN = 'kneepoint';

/** `load model`: a plan, or a script for another tool, from what was seen. */
export async function runLoadModel(paths: readonly string[], options: LoadModelOptions): Promise<number> {
  const script = SCRIPT_TOOLS.find((t) => t.id === options.for);
  if (!script && options.for !== OWN_PLAN)
    throw new UserError(
      EXIT.badInput,
      `No script is written for "${options.for}".`,
      '--for',
      `Give one of: ${[OWN_PLAN, ...SCRIPT_TOOLS.map((t) => t.id)].join(', ')}.`,
    );
  const p99Ms = options.p99 === undefined ? undefined : Number(options.p99);
  if (p99Ms !== undefined && !(p99Ms > 0 && p99Ms < 1e9))
    throw new UserError(
      EXIT.badInput,
      `--p99 ${options.p99} is no time.`,
      '--p99',
      'Give milliseconds: 700.',
    );
  const load = await observed(paths, options.service);
  const plan = planOfObserved(load, options.target, p99Ms);
  const out = options.out ?? script?.file ?? 'plan.yaml';
  await writeFile(out, script ? script.text(scriptLoad(plan, seenOf(load))) : planText(plan, load));
  const { counts: _counts, ...summary } = load;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(summary)}\n`
      : [out, ...seenOf(load), ...(script ? [script.use] : [])].map((l) => `${l}\n`).join(''),
  );
  return EXIT.fine;
}

/** The load that the evidence tells: by its requests where they are there, else by what was counted of them. */
async function observed(paths: readonly string[], service: string | undefined): Promise<ObservedLoad> {
  const logged: ObservedRequest[] = [];
  const counted: CountedRequests[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const requests = await accessLog(path);
    const series = requests ? undefined : await recordedCounts(path);
    if (requests) logged.push(...requests);
    else if (series) counted.push(...series);
    else others.push(path);
  }
  const { traced, served } = others.length > 0 ? await fromStore(others) : NOTHING;
  // A log has every request, traces perhaps a sample of them, counts none but all.
  const seen = logged.length > 0 ? logged : traced.requests;
  if (logged.length === 0) counted.push(...ofService(served, service, traced, others));
  const requests = observedLoad(seen);
  const load =
    logged.length > 0 ? requests : requests ? atCountedRate(requests, counted) : countedLoad(counted);
  if (load) return load;
  throw new UserError(
    EXIT.badInput,
    seen.length === 0 ? 'No request was found.' : 'All requests came at one moment.',
    paths.join(', '),
    'Give access logs (common, combined or JSON lines), traces with server spans, metrics that count served requests, or a table of requests over time.',
  );
}

const NOTHING: { traced: TracedRequests; served: ServedCounts[] } = {
  traced: { requests: [], service: '' },
  served: [],
};

/** The counts of the service that was named, of the one whose requests were traced, or of the only one there is. */
function ofService(
  served: readonly ServedCounts[],
  service: string | undefined,
  traced: TracedRequests,
  paths: readonly string[],
): readonly CountedRequests[] {
  const names = served.map((s) => s.service).join(', ');
  if (service !== undefined) {
    const found = served.find((s) => s.service === service);
    if (found) return found.rows;
    throw new UserError(
      EXIT.badInput,
      `No metric counts requests served by "${service}".`,
      '--service',
      names === '' ? 'Give metrics that count served requests.' : `Name one of: ${names}.`,
    );
  }
  if (traced.requests.length > 0) return served.find((s) => s.service === traced.service)?.rows ?? [];
  if (served.length > 1)
    throw new UserError(
      EXIT.badInput,
      'Several services count requests, and one request may be counted by each.',
      paths.join(', '),
      `Name the one that users call with --service: ${names}.`,
    );
  return served[0]?.rows ?? [];
}

/** How many of the first lines must be requests for a file to be an access log. */
const LOOK_AT = 20;

/** The requests of an access log, or nothing when the file is none. */
async function accessLog(path: string): Promise<ObservedRequest[] | undefined> {
  const out: ObservedRequest[] = [];
  let lines = 0;
  const input = createReadStream(path);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === '') continue;
      lines++;
      const request = accessLine(line);
      if (request) out.push(request);
      if (lines === LOOK_AT && out.length < LOOK_AT / 2) return undefined;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return undefined;
    throw new UserError(
      EXIT.badInput,
      'The file cannot be read.',
      path,
      'Name a file or folder that exists.',
    );
  } finally {
    input.destroy();
  }
  return out.length * 2 >= lines && out.length > 0 ? out : undefined;
}

/** A table of requests over time, larger than any history of a year by minutes. */
const LARGEST_TABLE_BYTES = 64 * 1024 * 1024;
const TABLE_HEAD = /^\uFEFF?"?(?:minute|time|timestamp|ts|date|datetime)"?[,;\t]/i;

/** Requests a minute from a table with a time and a count or a rate; nothing when the file is no such table. */
async function recordedCounts(path: string): Promise<CountedRequests[] | undefined> {
  const about = await stat(path);
  if (!about.isFile() || about.size > LARGEST_TABLE_BYTES) return undefined;
  const text = await readFile(path, 'utf8');
  if (!TABLE_HEAD.test(text)) return undefined;
  try {
    const { ratePerSecond, startAt } = readLoadSeries(text, path);
    return ratePerSecond.map((rate, i) => ({
      fromMs: (startAt + i) * 60_000,
      toMs: (startAt + i + 1) * 60_000,
      count: rate * 60,
      method: 'GET',
      path: '/',
    }));
  } catch (error) {
    // A table of another kind may hold metrics.
    if (error instanceof LoadFault && /says no load/.test(error.what)) return undefined;
    if (error instanceof LoadFault) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
}

async function fromStore(
  paths: readonly string[],
): Promise<{ traced: TracedRequests; served: ServedCounts[] }> {
  const store = await openStore({});
  try {
    await collect(
      paths.map((path) => ({ path, role: 'unspecified' as const })),
      store,
      { redact: false },
    );
    return { traced: await tracedRequests(store), served: await metricRequests(store) };
  } finally {
    await store.close();
  }
}
