import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CaseSystem, ReadCase } from '../case/index.js';
import { KeyringFault, keyringPath, readKeyring } from '../evidence/connectors/live/credentials.js';
import { checkEntry, entryFromText } from '../evidence/connectors/live/entries.js';
import {
  Cancelled,
  collectLive,
  type LiveOptions,
  UnfinishedOther,
} from '../evidence/connectors/live/run.js';
import { SYSTEMS } from '../evidence/connectors/registry.js';
import type { SourceEntry, TimeWindow } from '../evidence/connectors/source.js';
import type { RedactorOptions } from '../evidence/redact/index.js';
import { EXIT, UserError } from './exit.js';
import { milliseconds } from './quantity.js';

export interface LiveCliOptions {
  source: string[];
  window?: string;
  baselineWindow?: string;
}

/** The last of the time when nobody says which. */
const USUAL_WINDOW = '2h';

/** Entries of the command line and the case, each checked; the command line's come first. */
export function entriesOf(given: readonly string[], systems: readonly CaseSystem[]): SourceEntry[] {
  const entries: SourceEntry[] = [];
  for (const text of given) {
    const entry = entryFromText(text, SYSTEMS);
    if ('todo' in entry)
      throw new UserError(EXIT.badInput, entry.what, `--source ${shortened(text)}`, entry.todo);
    check(entry, `--source ${shortened(text)}`);
    entries.push(entry);
  }
  for (const [i, { system, name, url, options, limits }] of systems.entries()) {
    const entry: SourceEntry = {
      system,
      name: name ?? system,
      ...(url === undefined ? {} : { url }),
      options,
      limits,
      trusted: false,
    };
    check(entry, `case.yaml, sources, entry ${i + 1}`);
    const before = entries.find((e) => e.name === entry.name);
    // `--source name` for a source of the case vouches for its address, or replaces it.
    if (before?.trusted && before.system === system) {
      const address = before.url ?? url;
      entries[entries.indexOf(before)] = {
        ...entry,
        ...(address === undefined ? {} : { url: address }),
        options: { ...options, ...before.options },
        trusted: true,
      };
      continue;
    }
    if (before)
      throw new UserError(
        EXIT.badInput,
        `Two sources are called ${entry.name}.`,
        `case.yaml, sources, entry ${i + 1}`,
        'Give each a name of its own: `name: …`.',
      );
    entries.push(entry);
  }
  for (const entry of entries) complete(entry);
  return entries;
}

/** After the case was read, an address must be there. */
function complete(entry: SourceEntry): void {
  const [fault] = checkEntry(entry, SYSTEMS);
  if (fault) throw new UserError(EXIT.badInput, fault.what, `source ${entry.name}`, fault.todo);
}

function check(entry: SourceEntry, where: string): void {
  const system = SYSTEMS.find((s) => s.id === entry.system);
  // An entry of the command line may leave the address to the case.
  const lacksAddress = entry.trusted && entry.url === undefined && system?.address === 'url';
  const [fault] = checkEntry(lacksAddress ? { ...entry, url: 'http://localhost' } : entry, SYSTEMS);
  if (fault) throw new UserError(EXIT.badInput, fault.what, where, fault.todo);
}

/** A text of the command line without what may be a secret in it. */
const shortened = (text: string): string => text.replace(/\/\/[^/@]*@/, '//…@').slice(0, 100);

export interface Windows {
  windows: TimeWindow[];
  fixed: boolean;
}

/** What to ask for: options before the case, the case before the last two hours. */
export function windowsOf(options: LiveCliOptions, ofCase: ReadCase['windows'], nowMs: number): Windows {
  const baseline = options.baselineWindow === undefined ? ofCase?.baseline : undefined;
  const given = options.window;
  const own: TimeWindow | undefined =
    given !== undefined
      ? span(given, '--window', nowMs, 'unspecified')
      : ofCase?.incident
        ? { ...ms(ofCase.incident), role: 'incident' }
        : undefined;
  const before =
    options.baselineWindow !== undefined
      ? span(options.baselineWindow, '--baseline-window', nowMs, 'baseline')
      : baseline
        ? { ...ms(baseline), role: 'baseline' as const }
        : undefined;
  const main = own ?? {
    fromMs: nowMs - milliseconds(USUAL_WINDOW, 'window'),
    toMs: nowMs,
    role: 'unspecified' as const,
  };
  return {
    windows: before ? [before, { ...main, role: 'incident' }] : [main],
    fixed: given === undefined ? ofCase?.incident !== undefined : given.includes('/'),
  };
}

const ms = (w: { from: string; to: string }): { fromMs: number; toMs: number } => ({
  fromMs: Date.parse(w.from),
  toMs: Date.parse(w.to),
});

/** `2h`: the last two hours; `2026-01-31T18:00Z/2026-01-31T19:00Z`: from and to. */
function span(text: string, option: string, nowMs: number, role: TimeWindow['role']): TimeWindow {
  if (!text.includes('/')) {
    const length = milliseconds(text, option.slice(2));
    return { fromMs: nowMs - length, toMs: nowMs, role };
  }
  const [from = '', to = ''] = text.split('/');
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (!iso.test(from) || !iso.test(to) || !(fromMs < toMs))
    throw new UserError(
      EXIT.badInput,
      'This is no window of time.',
      `${option} ${text.slice(0, 80)}`,
      'Write 2h for the last two hours, or 2026-01-31T18:00Z/2026-01-31T19:00Z.',
    );
  return { fromMs, toMs, role };
}

/** Everything that asking needs from the machine. */
export function liveOptions(
  entries: readonly SourceEntry[],
  windows: readonly TimeWindow[],
  signal: AbortSignal,
  progress: (doing: string) => void,
): LiveOptions {
  try {
    return {
      entries,
      systems: SYSTEMS,
      windows,
      keyring: readKeyring(keyringPath(process.env)),
      environment: process.env,
      signal,
      progress,
    };
  } catch (error) {
    if (error instanceof KeyringFault)
      throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
}

/** Raised by the first Ctrl-C; the second ends the process as usual. */
export function cancelledByUser(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    done: () => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
    },
  };
}

export interface Wanted {
  bundle: string;
  redact: boolean;
  redaction?: RedactorOptions;
  again: string;
}

/** Collects into a bundle; what stopped it is said as an error of the command line. */
export async function collectInto(
  entries: readonly SourceEntry[],
  { windows, fixed }: Windows,
  wanted: Wanted,
  progress: (doing: string) => void,
): Promise<void> {
  const cancel = cancelledByUser();
  try {
    mkdirSync(dirname(wanted.bundle), { recursive: true });
    await collectLive({
      ...liveOptions(entries, windows, cancel.signal, progress),
      bundle: wanted.bundle,
      redact: wanted.redact,
      ...(wanted.redaction ? { redaction: wanted.redaction } : {}),
      fixedWindows: fixed,
    });
  } catch (error) {
    if (error instanceof Cancelled)
      throw new UserError(
        EXIT.couldNotRun,
        'Cancelled; what was fetched is kept.',
        error.parts,
        `Run ${wanted.again} again with the same sources to go on, or delete the folder to begin anew.`,
      );
    if (error instanceof UnfinishedOther)
      throw new UserError(
        EXIT.badInput,
        'Another collection, with other sources or another window, stands unfinished here.',
        error.message,
        'Finish it with its own sources, delete the folder, or write to another place with --out.',
      );
    throw error;
  } finally {
    cancel.done();
  }
}
