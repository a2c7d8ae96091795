import { createHash } from 'node:crypto';
import type { Problem, Redaction, Source } from '../domain/index.js';
import { checkSpans } from './checks.js';
import {
  checksumSchema,
  endSchema,
  gapSchema,
  pageSchema,
  type Section,
  sectionSchema,
} from './connectors/bundle/format.js';
import { createReplay, type Replay } from './connectors/bundle/replay.js';
import { flawProblem } from './flaws.js';
import { openFile } from './open.js';
import { lines } from './readers/json-records.js';
import { createSink, type SinkTally } from './readers/sink.js';
import { isoOf } from './readers/time.js';
import type { Redactor } from './redact/index.js';
import type { Store } from './store/index.js';
import type { EvidenceFile } from './walk.js';

/** One section of a bundle, read. */
export interface ReadSection {
  source: Source;
  profiles: SinkTally['profiles'];
  redactions: Redaction[];
}

/** Queries of a source that a result names one by one. */
const NAMED_QUERIES = 40;

type Say = (severity: Problem['severity'], what: string, todo: string, where?: string) => void;

/**
 * Reads a bundle into the store: a source for every section. The checksum is compared first; a bundle that was altered or
 * cut is not read at all, because nothing tells which of its records are still what was fetched.
 */
export async function readBundle(
  file: EvidenceFile,
  firstNumber: number,
  store: Store,
  redactor: Redactor,
  problems: Problem[],
): Promise<ReadSection[]> {
  const say: Say = (severity, what, todo, where = file.name) =>
    problems.push({ severity, what, where, todo });
  const wrong = await checkBundle(file.path);
  if (wrong !== undefined) {
    say('error', `The evidence file ${wrong}; none of it was read.`, 'Copy it again, or collect again.');
    return [];
  }
  const sections: ReadSection[] = [];
  const open = await openFile(file.path);
  let current: OpenSection | undefined;
  for await (const { bytes, line } of lines(open.bytes, () => {})) {
    const entry = entryOf(bytes);
    if (!entry) {
      say('error', 'This line is no JSON. It was left out.', 'Collect again.', `${file.name}, line ${line}`);
      continue;
    }
    const [key, value] = entry;
    if (key === 'section') {
      const section = sectionSchema.safeParse(value);
      if (section.success)
        current = openSection(
          section.data,
          `s${firstNumber + sections.length}`,
          file,
          store,
          redactor,
          problems,
        );
    } else if (current && key === 'end') {
      const read = await current.finish(value, store);
      if (read) sections.push(read);
      current = undefined;
    } else if (current) {
      current.hash.update(bytes).update('\n');
      current.take(key, value, line, bytes.length);
      await current.drain();
    }
  }
  return sections;
}

/** What is wrong with a bundle, or `undefined`. */
async function checkBundle(path: string): Promise<string | undefined> {
  const open = await openFile(path);
  const hash = createHash('sha256');
  let last: Buffer | undefined;
  let count = 0;
  for await (const { bytes } of lines(open.bytes, () => {})) {
    if (last) {
      hash.update(last).update('\n');
      count++;
    }
    last = Buffer.from(bytes);
  }
  if (open.damage()) return `is ${open.damage()}`;
  const entry = last && entryOf(last);
  const sum = checksumSchema.safeParse(entry?.[0] === 'checksum' ? entry[1] : undefined);
  if (!sum.success) return 'ends without its checksum: it was cut off';
  if (sum.data.lines !== count || sum.data.sha256 !== hash.digest('hex'))
    return 'does not fit its checksum: it was altered after it was written';
  return undefined;
}

function entryOf(bytes: Buffer): [string, unknown] | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? Object.entries(value)[0] : undefined;
  } catch {
    return undefined;
  }
}

interface OpenSection {
  hash: ReturnType<typeof createHash>;
  take(key: string, value: unknown, line: number, bytes: number): void;
  drain(): Promise<void>;
  finish(end: unknown, store: Store): Promise<ReadSection | undefined>;
}

function openSection(
  section: Section,
  id: string,
  file: EvidenceFile,
  store: Store,
  redactor: Redactor,
  problems: Problem[],
): OpenSection {
  const name = `${file.name}#${section.name}${section.role === 'baseline' ? ' (baseline)' : ''}`;
  const { sink, finish } = createSink(store, id, redactor);
  const replay: Replay = createReplay(sink);
  const hash = createHash('sha256');
  const queries: NonNullable<Source['asked']>['queries'] = [];
  let pages = 0;
  let size = 0;
  let unread = 0;
  return {
    hash,
    take(key, value, line, bytes) {
      size += bytes + 1;
      if (key === 'page') {
        replay.nextPage();
        const page = pageSchema.safeParse(value);
        if (!page.success) return;
        pages++;
        const { query, at, bytes: answered, sha256, records } = page.data;
        if (queries.length < NAMED_QUERIES) queries.push({ query, at, bytes: answered, sha256, records });
      } else if (key === 'gap') {
        const gap = gapSchema.safeParse(value);
        if (gap.success) problems.push({ ...gap.data, where: name });
      } else if (!replay.line(key, value, line)) unread++;
    },
    drain: () => sink.drain(),
    async finish(end, of) {
      const tally = await finish();
      if (unread > 0)
        problems.push({
          severity: 'warning',
          what: `${unread} lines of the evidence file are of another form and were left out.`,
          where: name,
          todo: 'Read it with the version that wrote it, or collect again.',
        });
      for (const [kind, { count }] of tally.flaws) problems.push(flawProblem(kind, count, name));
      if (tally.records > 0)
        for (const [kind, count] of await checkSpans(of, id)) problems.push(flawProblem(kind, count, name));
      const ended = endSchema.safeParse(end);
      const source: Source = {
        id,
        path: name,
        format: section.version === '' ? section.title : `${section.title} (${section.version})`,
        confidence: 1,
        recognisedBy: 'asked by name',
        // What was asked for a window keeps its role, whatever option names the file.
        role: section.role === 'unspecified' && file.role === 'baseline' ? 'baseline' : section.role,
        sha256: hash.digest('hex'),
        bytes: size,
        records: tally.records,
        ...(tally.fromNs === undefined ? {} : { from: isoOf(tally.fromNs) }),
        ...(tally.toNs === undefined ? {} : { to: isoOf(tally.toNs) }),
        asked: {
          address: section.address,
          version: section.version,
          from: section.from,
          to: section.to,
          calls: ended.success ? ended.data.calls : pages,
          queries,
          more: pages - queries.length,
        },
      };
      const redactions = ended.success ? ended.data.redactions.map((r) => ({ ...r, source: id })) : [];
      return { source, profiles: tally.profiles, redactions };
    },
  };
}
