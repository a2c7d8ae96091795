import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Clock } from '../../../src/evidence/connectors/live/clock.js';
import type { Keyring } from '../../../src/evidence/connectors/live/credentials.js';
import { type CollectOptions, collectLive } from '../../../src/evidence/connectors/live/run.js';
import { SYSTEMS } from '../../../src/evidence/connectors/registry.js';
import type { SourceEntry, TimeWindow } from '../../../src/evidence/connectors/source.js';

export const FROM_MS = Date.parse('2026-05-01T12:00:00Z');
export const HOUR: TimeWindow = { fromMs: FROM_MS, toMs: FROM_MS + 3_600_000, role: 'unspecified' };

/** A clock whose pauses pass at once; what was waited is added up. */
export function quickClock(): Clock & { sleptMs: number[] } {
  let now = FROM_MS + 7_200_000;
  const sleptMs: number[] = [];
  return {
    sleptMs,
    nowMs: () => now,
    async sleep(ms) {
      sleptMs.push(ms);
      now += ms;
    },
  };
}

export const entry = (
  system: string,
  url: string | undefined,
  options: SourceEntry['options'] = {},
  more: Partial<SourceEntry> = {},
): SourceEntry => ({
  name: system,
  system,
  ...(url === undefined ? {} : { url }),
  options,
  limits: { perSecond: 1000 },
  trusted: true,
  ...more,
});

type Line = Record<string, unknown>;
export interface CollectedLines {
  /** Lines of the evidence file by their key, in order. */
  of(key: string): unknown[];
  gaps: string[];
  queries: string[];
  text: string;
  path: string;
}

export interface Wanted {
  environment?: NodeJS.ProcessEnv;
  keyring?: Keyring;
  windows?: TimeWindow[];
  clock?: Clock;
  signal?: AbortSignal;
  redact?: boolean;
  bundle?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-live-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let number = 0;
export const bundlePath = (): string => join(folder, `${++number}.kneepoint.gz`);

export const optionsFor = (entries: SourceEntry[], wanted: Wanted = {}): CollectOptions => ({
  entries,
  systems: SYSTEMS,
  windows: wanted.windows ?? [HOUR],
  keyring: wanted.keyring ?? {},
  environment: wanted.environment ?? {},
  signal: wanted.signal ?? new AbortController().signal,
  clock: wanted.clock ?? quickClock(),
  bundle: wanted.bundle ?? bundlePath(),
  redact: wanted.redact ?? true,
  fixedWindows: true,
});

/** Collects and gives the lines of the evidence file. */
export async function collected(
  entries: SourceEntry | SourceEntry[],
  wanted: Wanted = {},
): Promise<CollectedLines> {
  const options = optionsFor(Array.isArray(entries) ? entries : [entries], wanted);
  await collectLive(options);
  return linesOf(options.bundle);
}

export function linesOf(path: string): CollectedLines {
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l) as Line);
  const of = (key: string): unknown[] => lines.filter((l) => key in l).map((l) => l[key]);
  return {
    of,
    gaps: (of('gap') as { what: string }[]).map((g) => g.what),
    queries: (of('page') as { query: string }[]).map((p) => p.query),
    text,
    path,
  };
}

/** Series of an evidence file: name, attributes and values. */
export const seriesIn = (
  lines: CollectedLines,
): { name: string; attributes: string[]; values: number[]; firstNs: string; unit: string }[] =>
  (
    lines.of('series') as [
      unknown,
      [number, number, string, string, string],
      string[],
      string,
      string,
      number[],
      number[],
    ][]
  ).map(([, [, , name, , unit], attributes, , firstNs, , values]) => ({
    name,
    attributes,
    values,
    firstNs,
    unit,
  }));
