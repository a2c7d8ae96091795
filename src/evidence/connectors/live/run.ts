import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { seededRandom } from '../../../models/random.js';
import { createRedactor, keepEverything, type RedactorOptions } from '../../redact/index.js';
import type { Section } from '../bundle/format.js';
import { openPart, type Part, type Used } from '../bundle/part.js';
import { createSpoolSink } from '../bundle/spool-sink.js';
import { writeBundle } from '../bundle/write.js';
import {
  type Asking,
  isoMs,
  type PlannedQuery,
  type Probe,
  type SourceEntry,
  type SourceSystem,
  type TimeWindow,
} from '../source.js';
import { createAsking } from './asking.js';
import { type Budget, createBudget } from './budget.js';
import { type Clock, systemClock } from './clock.js';
import {
  type Credential,
  credentialFor,
  isLoopback,
  type Keyring,
  originOf,
  secretsOf,
} from './credentials.js';
import { limitsOf } from './entries.js';
import { AskFault, todoOf } from './fault.js';
import { type Client, createClient, hiding } from './http.js';
import { createPace } from './pace.js';

export interface LiveOptions {
  entries: readonly SourceEntry[];
  systems: readonly SourceSystem[];
  windows: readonly TimeWindow[];
  keyring: Keyring;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  progress?: (doing: string) => void;
  clock?: Clock;
  fetch?: typeof fetch;
}

export interface CollectOptions extends LiveOptions {
  /** Where the bundle is written; what is fetched stands beside it until it is whole. */
  bundle: string;
  redact: boolean;
  redaction?: RedactorOptions;
  /** The windows were given as times and not as "the last hour": an unfinished run of other times is another one. */
  fixedWindows: boolean;
}

/** Sources that are asked at once. */
const AT_ONCE = 4;

/** One source, ready to be asked: its client, its budget and what its user should know first. */
interface Ready {
  entry: SourceEntry;
  system: SourceSystem;
  credential: Credential | undefined;
  client: Client;
  budget: Budget;
  address: string;
  notes: string[];
  /** All windows that it is asked for. */
  windows: readonly TimeWindow[];
  stop: AbortController;
  signal: AbortSignal;
}

function ready(
  entry: SourceEntry,
  options: LiveOptions,
  windows: readonly TimeWindow[] = options.windows,
  before?: { calls: number; bytes: number },
): Ready {
  const system = options.systems.find((s) => s.id === entry.system);
  if (!system) throw new Error(`no system ${entry.system}`);
  const clock = options.clock ?? systemClock;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const limits = limitsOf(entry, system);
  const budget = createBudget(limits, clock, before);
  const base = new URL(
    system.address === 'none' ? 'http://localhost' : (entry.url ?? system.defaultUrl ?? ''),
  );
  const trusted = entry.trusted || isLoopback(base) || system.vendorHosts?.test(base.hostname) === true;
  const { found, withheld } = credentialFor(
    { name: entry.name, origin: originOf(base), trusted },
    system.credentials,
    options.keyring,
    options.environment,
  );
  const client = createClient({
    base,
    headers: system.headers(found?.credential, entry),
    secrets: secretsOf(found?.credential),
    limits,
    budget,
    pace: createPace(limits.perSecond, clock),
    clock,
    random: seededRandom(
      Number.parseInt(createHash('sha256').update(entry.name).digest('hex').slice(0, 8), 16),
    ),
    signal,
    ...(system.isTooMuch ? { isTooMuch: system.isTooMuch } : {}),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  return {
    entry,
    system,
    credential: found?.credential,
    client,
    budget,
    address: system.address === 'none' ? '' : `${originOf(base)}${base.pathname.replace(/\/+$/, '')}`,
    notes:
      withheld === undefined
        ? []
        : [
            `Its credential (${withheld}) was not sent: only the case names this address, and a case may come from somebody else.`,
          ],
    windows,
    stop,
    signal,
  };
}

/** An asking that keeps nothing: for probes and plans. */
function passing(r: Ready, window: TimeWindow): { asking: Asking; gaps: string[] } {
  const part: Part = {
    kept: {
      pages: new Map(),
      looks: new Map(),
      finished: false,
      begun: false,
      used: { calls: 0, bytes: 0, redactions: [] },
    },
    append: async () => {},
    close: async () => {},
  };
  const gaps: string[] = [];
  return {
    gaps,
    asking: askingOf(
      r,
      window,
      part,
      gaps,
      () => part.kept.used,
      () => {},
      true,
    ),
  };
}

const askingOf = (
  r: Ready,
  window: TimeWindow,
  part: Part,
  gaps: string[],
  used: () => Used,
  progress: (doing: string) => void,
  redact: boolean,
  redactor = redact ? createRedactor() : keepEverything,
): Asking =>
  createAsking({
    entry: r.entry,
    client: r.client,
    credential: r.credential,
    window,
    windows: r.windows,
    signal: r.signal,
    part,
    spool: createSpoolSink(redactor),
    budget: r.budget,
    used,
    gaps,
    progress,
  });

export interface Probed {
  name: string;
  title: string;
  address: string;
  probe?: Probe;
  /** What stopped it, and what to do. */
  fault?: { what: string; todo: string };
  notes: readonly string[];
}

/** Asks every source whether it answers, and what it lets this user see. */
export const probeAll = (options: LiveOptions): Promise<Probed[]> =>
  inOrder(options.entries, async (entry) => {
    const r = ready(entry, options);
    const said = { name: entry.name, title: r.system.title, address: r.address };
    try {
      const probe = await r.system.probe(passing(r, options.windows[0] ?? NO_WINDOW).asking);
      return { ...said, probe, notes: [...r.notes, ...probe.notes] };
    } catch (error) {
      return { ...said, fault: faultOf(error, r), notes: r.notes };
    } finally {
      r.stop.abort();
    }
  });

export interface Planned {
  name: string;
  title: string;
  window: TimeWindow;
  queries: readonly PlannedQuery[];
  calls: number;
  /** The least time that our own pace lets it take. */
  seconds: number;
  fault?: { what: string; todo: string };
}

/** What would be asked, how much and for how long; only look-ups are made. */
export async function planAll(options: LiveOptions): Promise<Planned[]> {
  const plans = await inOrder(options.entries, async (entry) => {
    const r = ready(entry, options);
    try {
      const planned: Planned[] = [];
      for (const window of windowsFor(r.system, options.windows)) {
        const said = { name: entry.name, title: r.system.title, window };
        try {
          const queries = await r.system.plan(passing(r, window).asking);
          const calls = queries.reduce((a, q) => a + q.calls, 0);
          planned.push({ ...said, queries, calls, seconds: calls / limitsOf(entry, r.system).perSecond });
        } catch (error) {
          planned.push({ ...said, queries: [], calls: 0, seconds: 0, fault: faultOf(error, r) });
        }
      }
      return planned;
    } finally {
      r.stop.abort();
    }
  });
  return plans.flat();
}

/** The windows that a system is asked for. */
function windowsFor(system: SourceSystem | undefined, windows: readonly TimeWindow[]): readonly TimeWindow[] {
  if (system?.once === 'now') return windows.slice(-1);
  if (system?.once !== 'changes' || windows.length < 2) return windows;
  return [
    {
      fromMs: Math.min(...windows.map((w) => w.fromMs)),
      toMs: Math.max(...windows.map((w) => w.toMs)),
      role: 'unspecified',
    },
  ];
}

const NO_WINDOW: TimeWindow = { fromMs: 0, toMs: 0, role: 'unspecified' };

/** Another collection stands unfinished where this one would be written. */
export class UnfinishedOther extends Error {
  override readonly name = 'UnfinishedOther';
}
/** The collection was stopped; what it has is kept. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor(readonly parts: string) {
    super('cancelled');
  }
}

const stateSchema = z.object({
  asked: z.string(),
  windows: z.array(
    z.object({ fromMs: z.number(), toMs: z.number(), role: z.enum(['incident', 'baseline', 'unspecified']) }),
  ),
  key: z.string(),
});

/**
 * Fetches what the sources give for the windows into one bundle. An interrupted run leaves its parts beside the bundle's
 * place; the same call goes on from there, with the windows of then, and counts nothing twice.
 * @throws Cancelled when the signal was raised; UnfinishedOther when the parts are of another collection.
 */
export async function collectLive(options: CollectOptions): Promise<void> {
  const folder = `${options.bundle}.parts`;
  const state = stateAt(folder, options);
  const key = options.redaction?.key ?? Buffer.from(state.key, 'hex');
  const paths = await inOrder(
    options.entries.map((entry, i) => ({ entry, i })),
    ({ entry, i }) =>
      collectEntry(
        entry,
        i,
        windowsFor(
          options.systems.find((s) => s.id === entry.system),
          state.windows,
        ),
        key,
        folder,
        options,
      ),
  );
  if (options.signal.aborted) throw new Cancelled(folder);
  await writeBundle(options.bundle, paths.flat(), options.redact);
  rmSync(folder, { recursive: true });
}

function stateAt(folder: string, options: CollectOptions): z.infer<typeof stateSchema> {
  const asked = createHash('sha256')
    .update(
      JSON.stringify([
        options.entries.map(({ trusted: _, ...e }) => e),
        options.redact,
        options.fixedWindows ? options.windows : options.windows.map((w) => [w.toMs - w.fromMs, w.role]),
      ]),
    )
    .digest('hex');
  const path = join(folder, 'state.json');
  if (existsSync(path)) {
    const state = stateSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (state.success && state.data.asked === asked) return state.data;
    throw new UnfinishedOther(folder);
  }
  const state = { asked, windows: [...options.windows], key: randomBytes(32).toString('hex') };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
  return state;
}

async function collectEntry(
  entry: SourceEntry,
  number: number,
  windows: readonly TimeWindow[],
  key: Uint8Array,
  folder: string,
  options: CollectOptions,
): Promise<string[]> {
  const paths = windows.map((_, w) =>
    join(folder, `${String(number).padStart(2, '0')}-${entry.name}-${w}.ndjson`),
  );
  const parts: Part[] = [];
  try {
    for (const path of paths) parts.push(await openPart(path));
    const before = parts.reduce(
      (sum, p) => ({ calls: sum.calls + p.kept.used.calls, bytes: sum.bytes + p.kept.used.bytes }),
      { calls: 0, bytes: 0 },
    );
    const r = ready(entry, options, windows, before);
    try {
      for (const [w, part] of parts.entries()) {
        const window = windows[w];
        if (window && !part.kept.finished) await collectSection(r, window, part, key, options);
      }
    } finally {
      r.stop.abort();
    }
  } finally {
    for (const part of parts) await part.close();
  }
  return paths;
}

async function collectSection(
  r: Ready,
  window: TimeWindow,
  part: Part,
  key: Uint8Array,
  options: CollectOptions,
): Promise<void> {
  const progress = options.progress ?? (() => {});
  const redactor = options.redact ? createRedactor({ ...options.redaction, key }) : keepEverything;
  const atStart = r.budget.used();
  const used = (): Used => {
    const now = r.budget.used();
    const { kept } = part;
    return {
      calls: kept.used.calls + now.calls - atStart.calls,
      bytes: kept.used.bytes + now.bytes - atStart.bytes,
      redactions: added(kept.used.redactions, redactor.report()),
    };
  };
  const gaps = r.notes.map((n) =>
    JSON.stringify({
      gap: {
        severity: 'warning',
        what: n,
        todo: 'Name the source on the command line with --source, or put its origin and credential into the keyring.',
      },
    }),
  );
  const asking = askingOf(r, window, part, gaps, used, progress, options.redact, redactor);
  progress(`asking ${r.entry.name}${r.address === '' ? '' : ` at ${r.address}`}`);
  try {
    const version = part.kept.begun ? '' : await versionOf(r, asking, gaps);
    if (!part.kept.begun) {
      const section: Section = {
        name: r.entry.name,
        system: r.system.id,
        title: r.system.title,
        address: r.address,
        version: version ?? '',
        from: isoMs(window.fromMs),
        to: isoMs(window.toMs),
        role: window.role,
      };
      await part.append([JSON.stringify({ section })]);
    }
    if (version !== undefined) await r.system.collect(asking);
  } catch (error) {
    if (r.signal.aborted || (error instanceof AskFault && error.kind === 'cancelled')) return;
    gaps.push(gapLine(error, r, part));
  }
  if (r.signal.aborted) return;
  await part.append([...gaps, JSON.stringify({ end: used() })]);
}

/** The version, or `undefined` when the system cannot be asked at all. */
async function versionOf(r: Ready, asking: Asking, gaps: string[]): Promise<string | undefined> {
  try {
    const probe = await r.system.probe(asking);
    for (const note of probe.notes)
      gaps.push(
        JSON.stringify({
          gap: { severity: 'note', what: note, todo: 'Nothing, unless this evidence is missed.' },
        }),
      );
    return probe.version;
  } catch (error) {
    if (r.signal.aborted || (error instanceof AskFault && error.kind === 'cancelled')) throw error;
    gaps.push(gapLine(error, r));
    return undefined;
  }
}

function gapLine(error: unknown, r: Ready, part?: Part): string {
  const fault = faultOf(error, r);
  const some = part && r.budget.used().calls > 1 ? 'gave only a part' : 'gave nothing';
  return JSON.stringify({
    gap: { severity: 'warning', what: `${r.system.title} ${some}: ${fault.what}.`, todo: fault.todo },
  });
}

function faultOf(error: unknown, r: Ready): { what: string; todo: string } {
  if (error instanceof AskFault) return { what: error.what, todo: todoOf(error.kind) };
  const hide = hiding(secretsOf(r.credential));
  return {
    what: hide(error instanceof Error ? error.message : String(error)).slice(0, 300),
    todo: 'Check the source; everything else goes on without it.',
  };
}

const added = (a: Used['redactions'], b: Used['redactions']): Used['redactions'] => {
  const sum = new Map(a.map((r) => [r.kind, r.count]));
  for (const { kind, count } of b) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return [...sum].map(([kind, count]) => ({ kind, count })).sort((x, y) => (x.kind < y.kind ? -1 : 1));
};

/** Works on a few at once; results in the order of the input. */
async function inOrder<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(all.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker));
  return results;
}
