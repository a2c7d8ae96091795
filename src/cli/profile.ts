import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Profile } from '../domain/index.js';
import { MalformedProfile, type ReadProfile, readProfile } from '../evidence/read-profile.js';
import { type Comparison, compareProfiles } from '../facts/profiles/compare.js';
import { type Interpretation, interpretProfile } from '../facts/profiles/interpret.js';
import { type MemoryGrowth, memoryGrowth } from '../facts/profiles/memory-growth.js';
import { type RequestCost, requestCost } from '../facts/profiles/request-cost.js';
import { sourcesBelow } from '../facts/profiles/source/find-source.js';
import { functionsOf, stackOf, sumOf } from '../models/call-tree.js';
import { flameGraph } from '../report/flame/graph.js';
import { flamePage } from '../report/flame/page.js';
import { placeText } from '../report/flame/pages.js';
import { flameSvg } from '../report/flame/svg.js';
import { EXIT, UserError } from './exit.js';
import { profileText } from './profile-text.js';
import { progressOn } from './progress.js';

export interface ProfileOptions {
  against?: string;
  work?: string;
  rate?: string;
  latency?: string;
  fdr: string;
  source: string[];
  type?: string;
  html?: string;
  svg?: string;
  collapsed?: boolean;
  json?: boolean;
}
export interface RecordOptions {
  out: string;
  duration?: string;
  heap?: boolean;
}

/** Everything that is told of one profile. */
export interface Told {
  file: string;
  title: string;
  profile: Profile;
  seen: Interpretation;
  comparison: Comparison | undefined;
  cost: RequestCost | undefined;
  growth: MemoryGrowth | undefined;
}

/** Reads, interprets, compares and prints; exit 1 when a function got slower than in `--against`. */
export async function runProfile(file: string | undefined, options: ProfileOptions): Promise<number> {
  if (file === undefined)
    throw new UserError(
      EXIT.badInput,
      'No profile was named.',
      'the command line',
      'Name a file, or record one: kneepoint profile record -- node app.js',
    );
  const progress = progressOn(process.stderr);
  progress(`reading ${basename(file)}`);
  const { profile, title } = await read(file);
  const sampleType = typeOf(profile, options.type, file);
  const before = options.against === undefined ? undefined : await read(options.against);
  progress('looking for causes');
  const seen = interpretProfile(profile, { sources: sourcesBelow(options.source), sampleType });
  const comparison = before
    ? compareProfiles(
        withType(before.profile, options.type, options.against ?? ''),
        { ...profile, primary: sampleType },
        comparisonOptions(options),
      )
    : undefined;
  const cost = costOf(profile, seen, options, file);
  const growth = before && memoryGrowth(before.profile, profile);
  const told: Told = { file: basename(file), title, profile, seen, comparison, cost, growth };
  if (process.stderr.isTTY) process.stderr.write('\n');
  await writeDrawings(told, options);
  process.stdout.write(
    options.collapsed
      ? collapsedText(profile, sampleType)
      : options.json
        ? `${json(told)}\n`
        : profileText(told, options),
  );
  return comparison?.functions.some((f) => f.state === 'slower' || f.state === 'new')
    ? EXIT.checkFailed
    : EXIT.fine;
}

async function read(file: string): Promise<ReadProfile> {
  try {
    return await readProfile(file);
  } catch (error) {
    if (error instanceof MalformedProfile)
      throw new UserError(EXIT.badInput, `${error.what}.`, `${file}, ${error.at}`, error.todo);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
      throw new UserError(
        EXIT.badInput,
        code === 'ENOENT'
          ? `There is no file ${file}.`
          : code === 'EISDIR'
            ? 'This is a folder.'
            : 'The file may not be read.',
        file,
        'Name one file that holds a profile.',
      );
    throw error;
  }
}

function typeOf(profile: Profile, wanted: string | undefined, file: string): number {
  if (wanted === undefined) return profile.primary;
  const index = profile.sampleTypes.findIndex((t) => t.name === wanted);
  if (index >= 0) return index;
  throw new UserError(
    EXIT.badInput,
    `There is no sample type ${wanted}.`,
    file,
    `It has ${profile.sampleTypes.map((t) => t.name).join(', ')}.`,
  );
}

const withType = (profile: Profile, wanted: string | undefined, file: string): Profile => ({
  ...profile,
  primary: typeOf(profile, wanted, file),
});

function comparisonOptions(options: ProfileOptions): Parameters<typeof compareProfiles>[2] {
  const falseDiscoveryRate = Number(options.fdr);
  if (!(falseDiscoveryRate > 0 && falseDiscoveryRate < 1))
    throw new UserError(
      EXIT.badInput,
      `${options.fdr} is no rate.`,
      '--fdr',
      'Give a number between 0 and 1: 0.01.',
    );
  if (options.work === undefined) return { falseDiscoveryRate };
  const [before, after] = options.work.split(',').map(Number);
  if (!(before !== undefined && after !== undefined && before > 0 && after > 0))
    throw new UserError(
      EXIT.badInput,
      `${options.work} is no pair of counts.`,
      '--work',
      'Give requests before and after: 12000,11800.',
    );
  return { falseDiscoveryRate, work: { before, after } };
}

/** `--rate` with `--latency`: cost of a request while the profile was recorded. */
function costOf(
  profile: Profile,
  seen: Interpretation,
  options: ProfileOptions,
  file: string,
): RequestCost | undefined {
  if (options.rate === undefined && options.latency === undefined) return undefined;
  if (options.rate === undefined)
    throw new UserError(
      EXIT.badInput,
      'A latency alone does not say what a request costs.',
      '--latency',
      'Give --rate too: requests a second that the process served while it was profiled.',
    );
  const rate = positive(options.rate, '--rate', 'Give requests a second: 120.');
  const meanMs =
    options.latency === undefined
      ? undefined
      : positive(options.latency, '--latency', 'Give the mean in milliseconds: 48.');
  const seconds = (profile.durationNs ?? 0) / 1e9;
  const cost =
    seconds > 0
      ? requestCost(profile, seen, { requests: rate * seconds, ...(meanMs === undefined ? {} : { meanMs }) })
      : undefined;
  if (cost) return cost;
  throw new UserError(
    EXIT.badInput,
    'This profile does not say how long it was recorded, or how much processor time a sample stands for.',
    file,
    'Leave --rate out, or record pprof, .cpuprofile or speedscope of processor time, which say both.',
  );
}

function positive(text: string, option: string, todo: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UserError(EXIT.badInput, `${text} is no number above zero.`, option, todo);
}

async function writeDrawings(told: Told, options: ProfileOptions): Promise<void> {
  const { profile, seen, comparison } = told;
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  if (options.html !== undefined)
    await put(
      options.html,
      flamePage({
        title: told.file,
        profile,
        sampleType: seen.sampleType,
        causes: seen.causes.map((c) => ({ ...c, place: placeText(c), line: c.places[0]?.place.text })),
        causeOfNode: seen.causeOfNode,
        notes: [...seen.adequacy.notes, ...profile.notes.map(sentence)],
        ...(comparison ? { changes: comparison.functions } : {}),
      }),
    );
  if (options.svg !== undefined) {
    const states =
      comparison &&
      new Map(comparison.functions.map((f) => [f.file === '' ? f.name : `${f.name}\n${f.file}`, f.state]));
    await put(
      options.svg,
      flameSvg(flameGraph(profile, seen.sampleType, seen), {
        title: `Flame graph of ${told.file}`,
        standalone: true,
        ...(states ? { states } : {}),
      }),
    );
  }
}

const sentence = (note: string): string => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;

function collapsedText(profile: Profile, sampleType: number): string {
  const { tree, frames } = profile;
  const values = tree.values[sampleType] ?? new Float64Array(0);
  const lines: string[] = [];
  for (let node = 1; node < tree.size; node++) {
    const weight = values[node] as number;
    if (weight === 0) continue;
    const stack = stackOf(tree, node)
      .reverse()
      .map((f) => frames.name(f).replaceAll(';', ':').replace(/\s+/g, ' '));
    lines.push(`${stack.join(';')} ${Math.round(weight)}\n`);
  }
  return lines.sort().join('');
}

const FUNCTIONS_IN_JSON = 100;

function json({ file, title, profile, seen, comparison, cost, growth }: Told): string {
  const type = profile.sampleTypes[seen.sampleType];
  const whole = sumOf(profile.tree, seen.sampleType) || 1;
  return JSON.stringify(
    {
      file,
      format: title,
      runtime: profile.runtime,
      sampleType: type,
      samples: profile.samples,
      ...(profile.durationNs === undefined ? {} : { durationSeconds: profile.durationNs / 1e9 }),
      idleShare: seen.idleShare,
      adequacy: seen.adequacy,
      notes: profile.notes,
      events: profile.events,
      causes: seen.causes,
      functions: functionsOf(profile.tree, profile.frames, seen.sampleType)
        .slice(0, FUNCTIONS_IN_JSON)
        .map((f) => ({ name: f.name, file: f.file, selfShare: f.self / whole, totalShare: f.total / whole })),
      ...(cost
        ? {
            requestCost: {
              perRequestMs: cost.perRequestMs,
              ...(cost.notWall === undefined ? {} : { note: cost.notWall }),
              causes: cost.causes.map((c) => ({ ...c, cause: c.cause.cause })),
            },
          }
        : {}),
      ...(growth ? { growth } : {}),
      ...(comparison
        ? { comparison: { ...comparison, functions: comparison.functions.slice(0, FUNCTIONS_IN_JSON) } }
        : {}),
    },
    null,
    2,
  );
}
