import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AccessError, readAccess } from '../evidence/read-access.js';
import { type CacheStudy, type StudyOptions, studyCache } from '../facts/cache-study/study.js';
import { cacheCurveSvg } from '../report/cache-curve.js';
import { EXIT, UserError } from './exit.js';
import { progressOn } from './progress.js';
import { byteCount, count, milliseconds } from './quantity.js';

export interface CacheOptions {
  redis?: string;
  redisDump?: string;
  seconds: string;
  monitor: string;
  size?: string;
  bytes?: string;
  ttl?: string;
  processes?: string;
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

const studyOptions = ({ size, bytes, ttl, processes }: CacheOptions): StudyOptions => ({
  ...(size === undefined ? {} : { size: count(size, 'size') }),
  ...(bytes === undefined ? {} : { bytes: byteCount(bytes, 'bytes') }),
  ...(ttl === undefined ? {} : { ttlMs: milliseconds(ttl, 'ttl') }),
  ...(processes === undefined ? {} : { processes: count(processes, 'processes') }),
});

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
  ].join('\n')}\n`;
}
