import { statSync } from 'node:fs';
import { join } from 'node:path';
import { emptyCase, type ReadCase, readCase } from '../case/index.js';
import { sortInputs } from '../cli/inputs.js';
import type { Source } from '../domain/index.js';
import type { Collected } from '../evidence/collect.js';
import { createRedactor, type RedactorOptions } from '../evidence/redact/index.js';
import type { Store } from '../evidence/store/index.js';
import type { TraceStudy } from '../facts/trace-study/load.js';
import { DEFAULT_POLICY, type Policy } from '../governance/policy.js';
import { redactLines } from '../governance/redact-again.js';
import { type Investigation, investigate } from '../investigate/investigate.js';
import { sourcesOfCase } from '../investigate/sources-of-case.js';
import { ToolFault } from './fault.js';
import type { Roots } from './roots.js';

/** A file or folder of telemetry, and which time it is from. */
export interface Evidence {
  path: string;
  role: Source['role'];
}

/** One case that a client works on. */
export interface OpenCase {
  id: string;
  text: string | undefined;
  folder: string | undefined;
  evidence: Evidence[];
}

/** What is told while long work goes on. */
export type Progress = (doing: string) => void;

/** Telemetry in the store, for questions that the facts do not answer. */
export interface Loaded {
  store: Store;
  collected: Collected;
  /** Requests of one operation, walked; the same each time it is asked for. */
  study(request: string | undefined): Promise<TraceStudy | undefined>;
}

export interface Approvals {
  policy: Policy;
  /** Absent when the project keeps none. */
  folder?: string;
}

export interface SessionOptions {
  /** Rules and key of the user, beside the built-in rules. */
  redaction?: RedactorOptions;
  approvals?: Approvals;
}

/** The cases of one connection. Telemetry is redacted at the door, always: what is answered goes to a model. */
export interface Session {
  roots: Roots;
  /** What people of this project decide by, and where their decisions lie. */
  approvals: Approvals;
  /** Text on its way out, cut once more, line by line: a rule of the user may fit only what was put together. */
  cut(text: string): string;
  /** A case text as an investigation will read it; without text, a case for telemetry alone. */
  read(text: string | undefined): ReadCase;
  cases(): readonly OpenCase[];
  case(id: string | undefined): OpenCase;
  start(given: { text?: string; path?: string }): {
    case: OpenCase;
    read: ReadCase;
    dropped: string | undefined;
  };
  add(id: string | undefined, path: string, role: Source['role'] | undefined): Evidence[];
  investigation(id: string | undefined, progress: Progress): Promise<Investigation>;
  /** Runs `use` with the case's telemetry in the store; one at a time. */
  withStore<T>(id: string | undefined, progress: Progress, use: (loaded: Loaded) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const MOST_CASES = 8;
const MOST_EVIDENCE = 50;
/** Walked requests are large. */
const MOST_STUDIES = 3;
/** A case is a text of a few pages. */
const MOST_CASE_BYTES = 5_000_000;

export function openSession(roots: Roots, options: SessionOptions = {}): Session {
  const redaction = options.redaction ?? {};
  const leaving = createRedactor(redaction);
  /** Ids and names that an agent asks by: they were cut when they were made. */
  const kept = new Set<string>();
  const readText = (text: string | undefined): ReadCase =>
    text === undefined
      ? { case: emptyCase(), problems: [] }
      : readCase(createRedactor(redaction).redact(text));
  const open = new Map<string, OpenCase>();
  const investigations = new Map<string, Promise<Investigation>>();
  let started = 0;
  let loaded: { id: string; telemetry: Loaded } | undefined;
  // The engine holds one data directory at a time: what needs it waits in line.
  let line: Promise<unknown> = Promise.resolve();
  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const next = line.then(work, work);
    line = next.catch(() => undefined);
    return next;
  };
  const release = async (): Promise<void> => {
    const before = loaded;
    loaded = undefined;
    await before?.telemetry.store.close();
  };
  const forget = (id: string): void => {
    investigations.delete(id);
    if (loaded?.id === id) void inLine(release);
  };

  const find = (id: string | undefined): OpenCase => {
    const found = id === undefined ? [...open.values()].at(-1) : open.get(id);
    if (found) return found;
    throw new ToolFault(
      id === undefined ? 'No case has been started.' : 'There is no such case.',
      'case',
      open.size > 0 ? `Open cases: ${[...open.keys()].join(', ')}.` : 'Start one with start_case.',
    );
  };

  return {
    roots,
    approvals: options.approvals ?? { policy: DEFAULT_POLICY },
    cut: (text) => redactLines(text, leaving, kept),
    read: readText,
    cases: () => [...open.values()],
    case: find,
    start(given) {
      const inputs = given.path === undefined ? { evidence: [] } : caseFiles(given.path, roots);
      const text = given.text ?? inputs.caseText;
      const evidence = below(inputs.evidence, roots);
      const read = readText(text);
      allowSources(read, inputs.caseFolder, roots);
      const id = `c${++started}`;
      const oldest = open.size >= MOST_CASES ? [...open.keys()][0] : undefined;
      if (oldest !== undefined) {
        open.delete(oldest);
        forget(oldest);
      }
      const made: OpenCase = { id, text, folder: inputs.caseFolder, evidence };
      open.set(id, made);
      return { case: made, read, dropped: oldest };
    },
    add(id, path, role) {
      const to = find(id);
      const real = roots.find(path);
      const found: Evidence[] =
        role === undefined ? below(caseFiles(path, roots).evidence, roots) : [{ path: real, role }];
      if (to.evidence.length + found.length > MOST_EVIDENCE)
        throw new ToolFault(
          `A case takes at most ${MOST_EVIDENCE} paths of evidence.`,
          'path',
          'Name the folder that holds the files.',
        );
      to.evidence.push(...found);
      forget(to.id);
      return found;
    },
    investigation(id, progress) {
      const of = find(id);
      const before = investigations.get(of.id);
      if (before) return before;
      const made = inLine(async () => {
        await release();
        return investigate({
          ...(of.text === undefined ? {} : { caseText: of.text }),
          ...(of.folder === undefined ? {} : { caseFolder: of.folder }),
          evidence: [...of.evidence],
          redact: true,
          redaction,
          ...(options.approvals ? { classification: options.approvals.policy.classification.level } : {}),
          progress,
        });
      });
      made.then(
        ({ result }) => {
          for (const { id, subject } of [...result.facts, ...result.findings])
            kept.add(id).add(subject.id).add(subject.name);
        },
        () => undefined,
      );
      investigations.set(of.id, made);
      made.catch(() => investigations.delete(of.id));
      return made;
    },
    withStore(id, progress, use) {
      const of = find(id);
      if (of.evidence.length === 0 && (readText(of.text).sources ?? []).length === 0)
        throw new ToolFault(
          'This case has no telemetry.',
          'case',
          'Add it with add_evidence; traces for simulate.',
        );
      return inLine(async () => {
        if (loaded?.id !== of.id) {
          await release();
          progress('reading telemetry');
          loaded = { id: of.id, telemetry: await load(of, readText(of.text), redaction) };
        }
        return use(loaded.telemetry);
      });
    },
    close: () => inLine(release),
  };
}

/** A folder may hold links: each is followed, and must lead below a root as well. */
const below = (evidence: readonly Evidence[], roots: Roots): Evidence[] =>
  evidence.map((e) => ({ ...e, path: roots.find(e.path) }));

/** What a path holds, by the names of its folders: the same rules as on the command line. */
function caseFiles(path: string, roots: Roots): ReturnType<typeof sortInputs> {
  const real = roots.find(path);
  const info = statSync(real);
  if (info.isFile() && /\.(?:txt|md|ya?ml)$/i.test(real) && info.size > MOST_CASE_BYTES)
    throw new ToolFault(
      `The case file has ${info.size} bytes; a case is a text of a few pages.`,
      'path',
      'Give telemetry with add_evidence, and the ten inputs as the case.',
    );
  return sortInputs([real], [], []);
}

/** Sources that a case names are evidence like any other: below a root, or refused. */
function allowSources(read: ReadCase, folder: string | undefined, roots: Roots): void {
  for (const source of read.sources ?? []) if ('path' in source) roots.find(join(folder ?? '.', source.path));
}

async function load(of: OpenCase, read: ReadCase, redaction: RedactorOptions): Promise<Loaded> {
  const [{ openStore }, { collect }, { loadStudy }] = await Promise.all([
    import('../evidence/store/index.js'),
    import('../evidence/collect.js'),
    import('../facts/trace-study/load.js'),
  ]);
  const named = sourcesOfCase(read.sources ?? [], of.folder);
  const all = [...of.evidence, ...named.evidence];
  // Requests are studied as they are now: what is from before stays out, when there is anything else.
  const now = all.filter((e) => e.role !== 'baseline');
  const store = await openStore({});
  try {
    const collected = await collect(now.length > 0 ? now : all, store, {
      redact: true,
      redactor: createRedactor(redaction),
    });
    const studies = new Map<string | undefined, Promise<TraceStudy | undefined>>();
    return {
      store,
      collected,
      study(request) {
        const before = studies.get(request);
        if (before) return before;
        if (studies.size >= MOST_STUDIES) studies.clear();
        const made = loadStudy(store, request);
        studies.set(request, made);
        return made;
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
