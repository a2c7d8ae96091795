import type { Gap } from '../bundle/format.js';
import type { Part, Used } from '../bundle/part.js';
import type { SpoolSink } from '../bundle/spool-sink.js';
import type { Asking, Page } from '../source.js';
import type { Budget } from './budget.js';
import { AskFault, todoOf } from './fault.js';
import type { Answer } from './http.js';

/** Requests of one source that are under way at once. */
const AHEAD = 4;
/** After so many pages in a row that failed for want of the system, the rest is not tried. */
const GIVE_UP_AFTER = 3;

export interface AskingParts
  extends Pick<Asking, 'entry' | 'client' | 'credential' | 'window' | 'windows' | 'signal'> {
  part: Part;
  spool: SpoolSink;
  budget: Budget;
  /** What the section has cost and cut so far, for a run that goes on from here. */
  used(): Used;
  /** Lines of gaps, to be written when the section ends. */
  gaps: string[];
  progress(doing: string): void;
}

/** Faults of a source as a whole: the next page would fail alike. */
const OF_THE_SOURCE = new Set(['not-authorised', 'forbidden', 'moved', 'spent', 'cancelled', 'rate-limited']);

/** Faults that a smaller question may not have. */
const SPLITS = new Set(['too-much', 'too-large', 'too-slow']);

/**
 * What a source works with: pages go into the part of its section, whole and once; look-ups are remembered there, so
 * that a resumed run asks the same pages.
 */
export function createAsking(parts: AskingParts): Asking {
  const { entry, part, spool, budget, window } = parts;
  const done = part.kept.pages;
  const looks = new Map<string, Promise<unknown>>(
    [...part.kept.looks].map(([query, value]) => [query, Promise.resolve(value)]),
  );

  /** What a page that is being read tells belongs to its records; everything else is told when the section ends. */
  let reading: string[] | undefined;
  const gap: Asking['gap'] = (problem) => {
    const line: Gap = { severity: problem.severity ?? 'warning', what: problem.what, todo: problem.todo };
    (reading ?? parts.gaps).push(JSON.stringify({ gap: line }));
  };

  const keep = async (page: Page, answer: Answer): Promise<string | undefined> => {
    let next: string | undefined;
    const told: string[] = [];
    reading = told;
    try {
      next = await page.read(answer, spool.sink);
    } catch (error) {
      // Half of a page does not count.
      spool.take();
      throw error instanceof AskFault
        ? error
        : new AskFault('malformed', `its answer to ${shown(page.query)} has another form than documented`);
    } finally {
      reading = undefined;
    }
    const { lines, records } = spool.take();
    const { at, sha256, bytes } = answer;
    const line = {
      query: page.query,
      at,
      bytes: bytes.length,
      sha256,
      records,
      ...(next ? { next } : {}),
    };
    await part.append([
      ...lines,
      ...told,
      JSON.stringify({ page: line }),
      JSON.stringify({ used: parts.used() }),
    ]);
    const { calls, bytes: size } = budget.used();
    parts.progress(`${entry.name}: ${calls} calls, ${Math.round(size / 1e5) / 10} MB, ${shown(page.query)}`);
    return next;
  };

  return {
    entry,
    client: parts.client,
    credential: parts.credential,
    window,
    windows: parts.windows,
    signal: parts.signal,
    gap,
    option(name) {
      const value = entry.options[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    list(name) {
      const value = entry.options[name];
      return value === undefined
        ? []
        : typeof value === 'string'
          ? value
              .split(',')
              .map((v) => v.trim())
              .filter((v) => v !== '')
          : value;
    },
    look<T>(query: string, value: () => Promise<T>): Promise<T> {
      const before = looks.get(query);
      if (before) return before as Promise<T>;
      const found = (async () => {
        const answer = await value();
        await part.append([JSON.stringify({ look: [query, answer] })]);
        return answer;
      })();
      looks.set(query, found);
      // A look-up that failed may be tried again.
      found.catch(() => looks.delete(query));
      return found;
    },
    async page(page) {
      const before = done.get(page.query);
      if (before) {
        page.kept?.(before.next);
        return before.next;
      }
      return keep(page, await page.ask());
    },
    pages: (all) => readPages(all),
  };

  async function readPages(all: Iterable<Page>): Promise<void> {
    const waiting: { page: Page; answer: Promise<Answer | AskFault> }[] = [];
    const source = all[Symbol.iterator]();
    let failures = 0;
    const fill = (): void => {
      while (waiting.length < AHEAD) {
        const next = source.next();
        if (next.done) return;
        const before = done.get(next.value.query);
        if (before) {
          next.value.kept?.(before.next);
          continue;
        }
        const page = next.value;
        const answer = page.ask().catch((error: unknown) => {
          if (error instanceof AskFault) return error;
          throw error;
        });
        // It is awaited in its turn; until then a rejection must not count as unhandled.
        answer.catch(() => {});
        waiting.push({ page, answer });
      }
    };
    for (fill(); ; fill()) {
      const first = waiting.shift();
      if (!first) return;
      const { page } = first;
      try {
        const answer = await first.answer;
        if (answer instanceof AskFault) throw answer;
        // What came in time is asked for again by the run that goes on.
        if (parts.signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
        await keep(page, answer);
        failures = 0;
      } catch (error) {
        if (!(error instanceof AskFault) || OF_THE_SOURCE.has(error.kind)) throw error;
        const smaller = SPLITS.has(error.kind) ? (page.split?.() ?? []) : [];
        if (smaller.length > 0) {
          await readPages(smaller);
          continue;
        }
        failures++;
        if (failures >= GIVE_UP_AFTER && (error.kind === 'unavailable' || error.kind === 'too-slow'))
          throw error;
        gap({ what: `${shown(page.query)} gave nothing: ${error.what}.`, todo: todoOf(error.kind) });
      }
    }
  }
}

const LONGEST_SHOWN = 160;
export const shown = (query: string): string =>
  query.length > LONGEST_SHOWN ? `${query.slice(0, LONGEST_SHOWN)}…` : query;
