import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AccessError, readAccess } from '../evidence/read-access.js';
import type { AccessTrace } from '../evidence/readers/access/access-trace.js';
import { type EdgeOptions, type EdgeStudy, MOST_COPIES } from '../facts/cache-study/edge.js';
import { type CacheStudy, type StudyOptions, studyCache } from '../facts/cache-study/study.js';
import { cacheCurveSvg } from '../report/cache-curve.js';
import { EXIT, UserError } from './exit.js';
import { progressOn } from './progress.js';
import { byteCount, count, milliseconds, money } from './quantity.js';

export interface CacheOptions {
  redis?: string;
  redisDump?: string;
  seconds: string;
  monitor: string;
  size?: string;
  bytes?: string;
  ttl?: string;
  refill?: string;
  processes?: string;
  edge?: string;
  edgeTtl: string;
  edgeShield?: boolean;
  edgePrice?: string;
  originPrice?: string;
  chart?: string;
  json?: boolean;
}

/** Studies a trace of accesses and prints what follows from it. */
export async function runCache(path: string | undefined, options: CacheOptions): Promise<number> {
  if (path === undefined)
    throw new UserError(
      EXIT.badInput,
      'There is nothing to study.',
      'the command line',
      'Name a trace of accesses, or a server with --redis.',
    );
  if (!existsSync(path))
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  const wanted = studyOptions(options);
  const progress = progressOn(process.stderr);
  progress(`reading ${basename(path)}`);
  let read: Awaited<ReturnType<typeof readAccess>>;
  try {
    read = await readAccess(path, basename(path));
  } catch (error) {
    if (error instanceof AccessError) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
  for (const line of notes(read)) process.stderr.write(`kneepoint: ${line}\n`);
  if (wanted.edge) checkEdge(read.trace, wanted.edge.locations, path);
  progress(`replaying ${read.trace.requests.length} look-ups`);
  const study = studyCache(read.trace, wanted);
  if (options.chart !== undefined) writeFileSync(options.chart, cacheCurveSvg(study));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ source: { format: read.format, lines: read.lines, badLines: read.badLines }, ...study }, null, 2)}\n`
      : shown(study, read.format),
  );
  return EXIT.fine;
}

function notes(read: Awaited<ReturnType<typeof readAccess>>): string[] {
  const said: string[] = [];
  if (read.badLines > 0)
    said.push(
      `${read.badLines} of ${read.lines} lines could not be read, the first at line ${read.firstBad[0]}`,
    );
  if (read.damage) said.push(`the archive is ${read.damage}; what came before was used`);
  return said;
}

const studyOptions = ({ size, bytes, ttl, refill, processes, ...options }: CacheOptions): StudyOptions => ({
  ...(size === undefined ? {} : { size: count(size, 'size') }),
  ...(bytes === undefined ? {} : { bytes: byteCount(bytes, 'bytes') }),
  ...(ttl === undefined ? {} : { ttlMs: milliseconds(ttl, 'ttl') }),
  ...(refill === undefined ? {} : { refillMs: milliseconds(refill, 'refill') }),
  ...(processes === undefined ? {} : { processes: count(processes, 'processes') }),
  ...(options.edge === undefined ? {} : { edge: edgeOptions(options.edge, options) }),
});

type EdgeWords = Pick<CacheOptions, 'edgeTtl' | 'edgeShield' | 'edgePrice' | 'originPrice'>;

const edgeOptions = (locations: string, o: EdgeWords): EdgeOptions => ({
  locations: count(locations, 'edge'),
  ttlMs: milliseconds(o.edgeTtl, 'edge-ttl'),
  ...(o.edgeShield ? { shield: true } : {}),
  ...(o.edgePrice === undefined ? {} : { pricePerMillion: money(o.edgePrice, 'edge-price') }),
  ...(o.originPrice === undefined ? {} : { originPricePerMillion: money(o.originPrice, 'origin-price') }),
});

/** A CDN is replayed in time, and each of its locations holds a list of all keys. */
function checkEdge(trace: AccessTrace, locations: number, path: string): void {
  if (!trace.timesMs)
    throw new UserError(
      EXIT.badInput,
      'The trace tells no times, and what a CDN keeps depends on them.',
      path,
      'Give a trace with times: a web access log, MONITOR, or CSV with a time.',
    );
  if (locations * trace.objects > MOST_COPIES)
    throw new UserError(
      EXIT.badInput,
      `${locations} locations with ${trace.objects} keys each are more than fit into memory.`,
      '--edge',
      `Give at most ${Math.max(1, Math.floor(MOST_COPIES / trace.objects))} locations, or a part of the trace.`,
    );
}

/** The study in at most forty lines. */
function shown(study: CacheStudy, format: string): string {
  const percent = (x: number): string => `${(x * 100).toFixed(1)} %`.padStart(7);
  const head = [
    `${study.requests} look-ups of ${study.objects} keys (${format})`,
    ...(study.requestsPerSecond === undefined
      ? []
      : [
          `${study.requestsPerSecond.toPrecision(3)} a second over ${(study.durationSeconds ?? 0).toPrecision(4)} s`,
        ]),
    `the hottest 1 % of keys get ${percent(study.popularity.topPercent).trim()} of look-ups; ${percent(study.coldShare).trim()} are first look-ups`,
  ];
  const behind = study.requestsPerSecond !== undefined;
  const curve = study.curve.map(
    (r) =>
      `${String(r.size).padStart(10)}${r.bytes === undefined ? '' : String(r.bytes).padStart(14)}  ${percent(r.hitRatio)}${behind ? (r.backendPerSecond ?? 0).toPrecision(3).padStart(12) : ''}`,
  );
  const policies = study.policies.map((p) => `${p.policy.padEnd(12)}${percent(p.hitRatio)}`);
  const ttl = study.ttl.map(
    (t) =>
      `${`${t.ttlMs / 1000} s`.padStart(10)}  ${percent(t.hitRatio)}  mean age ${(t.meanAgeMs / 1000).toPrecision(3)} s, ${Math.round(t.meanEntries)} entries`,
  );
  return `${[
    ...head,
    '',
    ...study.advice.map((a) => `- ${a.text}`),
    '',
    `Hit ratio by room (LRU${study.sampled ? `, from a sample of ${study.sampled.objects} keys, ±${(study.sampled.error * 100).toFixed(1)} points` : ', exact'})`,
    `${'objects'.padStart(10)}${study.meanObjectBytes === undefined ? '' : 'bytes'.padStart(14)}      hit${behind ? 'behind/s'.padStart(13) : ''}`,
    ...curve,
    '',
    `Policies at ${study.policies[0]?.size} objects`,
    ...policies,
    ...(ttl.length > 0 ? ['', 'Time to live, in a cache of that room', ...ttl] : []),
    ...(study.edge ? ['', ...edgeLines(study.edge)] : []),
  ].join('\n')}\n`;
}

const asOldAs = (ms: number): string =>
  Number.isFinite(ms)
    ? `can be ${ms / 1000} s old`
    : 'can be of any age: a layer has no time to live (--ttl)';

/** Layers with a CDN in front, its lives, headers and money. */
function edgeLines({ layers, without, lives, shapes, bytesPerSecond, cost }: EdgeStudy): string[] {
  const percent = (x: number): string => `${(x * 100).toFixed(1)} %`.padStart(7);
  const alone = new Map(without.map((l) => [l.name, l.hitRatio]));
  const width = Math.max(...shapes.map((s) => s.shape.length), 5);
  return [
    'Layers, from the user inwards: hit ratio of what reaches each, given those in front; what it serves of all',
    ...layers.map((l) => {
      const before = alone.get(l.name);
      return `${l.name.padEnd(12)}${percent(l.hitRatio)}${before === undefined ? '' : ` (${percent(before).trim()} without a CDN)`}, serves ${percent(l.served).trim()}, lets ${l.missesPerSecond.toPrecision(3)} a second through; an answer ${asOldAs(l.stalestMs)}`;
    }),
    ...(lives.length > 0 ? ['', 'Life at the CDN'] : []),
    ...lives.map(
      (l) =>
        `${`${l.ttlMs / 1000} s`.padStart(10)}  ${percent(l.hitRatio)}  ${l.originPerSecond.toPrecision(3)} a second for the origin`,
    ),
    '',
    'Headers by shape of key (share of requests, hit ratio at the CDN)',
    ...shapes.map(
      (s) =>
        `${s.shape.padEnd(width)} ${percent(s.share)} ${percent(s.hitRatio)}  ${s.cacheControl ?? 'Cache-Control: no-store, or as it is: the CDN would hardly serve it'}`,
    ),
    '',
    '- Only answers that are the same for everyone: what depends on a cookie or on Authorization gets Cache-Control: private, no-store. The trace does not tell which do.',
    '- To take an answer back before its life ends: send Surrogate-Key (or Cache-Tag) with the kind and id, and purge by it after the write has been committed; or put a version into the path, and purge nothing.',
    '- If a CDN is in front already, the trace holds only what it let through, and the ratios are too low.',
    ...(bytesPerSecond === undefined
      ? []
      : [
          `- All answers together are ${bytesPerSecond.toPrecision(3)} bytes a second: what a CDN charges for traffic is of that.`,
        ]),
    ...(cost
      ? [
          `- A month at this rate costs ${cost.edgePerMonth.toFixed(2)} for requests at the CDN${cost.originSavedPerMonth === undefined ? '' : `, and saves ${cost.originSavedPerMonth.toFixed(2)} at the origin`}.`,
        ]
      : []),
  ];
}
