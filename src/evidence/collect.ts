import type { Change, Problem, Profile, Redaction, Source } from '../domain/index.js';
import { readBundle } from './bundle.js';
import { checkSpans } from './checks.js';
import { flawProblem } from './flaws.js';
import { type OpenFile, openFile } from './open.js';
import { BUNDLE_READER } from './readers/evidence-bundle.js';
import type { EvidenceReader, Recognition } from './readers/reader.js';
import { READERS } from './readers/registry.js';
import type { Sample } from './readers/sample.js';
import { createSink, type SinkTally } from './readers/sink.js';
import { isoOf } from './readers/time.js';
import { readChanges } from './recorded-changes.js';
import { createRedactor, keepEverything, type Redactor } from './redact/index.js';
import type { Store } from './store/index.js';
import { type EvidenceFile, findFiles, reason } from './walk.js';

export interface Collected {
  sources: Source[];
  problems: Problem[];
  redactions: Redaction[];
  changes: Change[];
  profiles: CollectedProfile[];
}

/** A profile and the source it was read from. */
export interface CollectedProfile {
  source: Source;
  profile: Profile;
}

/** Two formats this close in confidence make a file ambiguous. */
const AMBIGUITY = 0.1;

/**
 * Reads everything below the named paths into the store: walks folders in path order, recognises each file by its
 * content, redacts, and writes. A file that cannot be used, or only in part, becomes a problem and stops nothing.
 * Sources get ids in path order: s1, s2 …
 */
export async function collect(
  inputs: readonly { path: string; role: Source['role'] }[],
  store: Store,
  options: { redact: boolean; redactor?: Redactor },
): Promise<Collected> {
  const redactor = options.redact ? (options.redactor ?? createRedactor()) : keepEverything;
  const { files, problems } = findFiles(inputs);
  const sources: Source[] = [];
  const redactions: Redaction[] = [];
  const profiles: CollectedProfile[] = [];
  for (const file of files) {
    const before = new Map(redactor.report().map((r) => [r.kind, r.count]));
    const id = `s${sources.length + 1}`;
    const read = await readFile(file, id, store, redactor, problems);
    if (!read) continue;
    if (read === 'bundle') {
      for (const section of await readBundle(file, sources.length + 1, store, redactor, problems)) {
        sources.push(section.source);
        profiles.push(...section.profiles.map((profile) => ({ source: section.source, profile })));
        redactions.push(...section.redactions);
      }
      continue;
    }
    const { source } = read;
    sources.push(source);
    profiles.push(...read.profiles.map((profile) => ({ source, profile })));
    for (const { kind, count } of redactor.report()) {
      const cut = count - (before.get(kind) ?? 0);
      if (cut > 0) redactions.push({ kind, source: id, count: cut });
    }
  }
  return { sources, problems, redactions, changes: await readChanges(store), profiles };
}

async function readFile(
  file: EvidenceFile,
  id: string,
  store: Store,
  redactor: Redactor,
  problems: Problem[],
): Promise<{ source: Source; profiles: readonly Profile[] } | 'bundle' | undefined> {
  const say = (severity: Problem['severity'], what: string, todo: string, where = file.name): void => {
    problems.push({ severity, what, where, todo });
  };
  if (file.bytes === 0) {
    say('warning', 'The file is empty.', 'Check the export, or take it out of the folder.');
    return undefined;
  }
  let open: OpenFile;
  try {
    open = await openFile(file.path);
  } catch (error) {
    say('error', `The file could not be read: ${reason(error)}.`, 'Check its permissions, then run again.');
    return undefined;
  }
  const choice = choose(open.sample);
  if ('problem' in choice) {
    if (open.gzip && open.damage() && open.sample.bytes.length === 0)
      say(
        'error',
        `The gzip archive is ${open.damage()}; nothing could be unpacked.`,
        'Copy or export it again.',
      );
    else problems.push({ ...choice.problem, where: file.name });
    return undefined;
  }
  const { reader, recognition } = choice;
  if (reader.id === BUNDLE_READER) return 'bundle';
  if (!reader.read) {
    const why = reader.notRead?.why ?? 'it holds no telemetry';
    say('note', `Recognised as ${reader.title}, and not read: ${why}.`, reader.notRead?.todo ?? 'Nothing.');
    return undefined;
  }
  const { sink, finish } = createSink(store, id, redactor);
  let failure: unknown;
  try {
    await reader.read({
      sample: open.sample,
      bytes: open.bytes,
      readInto: open.readInto,
      sink,
      name: file.name,
      problem: (p) => problems.push({ ...p, where: p.where ?? file.name }),
    });
  } catch (error) {
    failure = error;
  }
  const tally = await finish();
  if (failure !== undefined)
    say(
      'error',
      `Reading stopped early: ${reason(failure)}.`,
      `${tally.records} records before it were kept.`,
    );
  const sha256 = await open.sha256();
  if (open.damage())
    say(
      'warning',
      `The gzip archive is ${open.damage()}. What could be unpacked was read: ${tally.records} records.`,
      'Copy or export it again for the rest.',
    );
  if (tally.records === 0)
    say('warning', `Recognised as ${reader.title}, but it holds no record.`, 'Check the export.');
  await tellFlaws(tally, file, id, store, problems);
  const source: Source = {
    id,
    path: file.name,
    format: open.gzip ? `${reader.title}, gzip` : reader.title,
    confidence: recognition.confidence,
    recognisedBy: recognition.by,
    role: file.role,
    sha256,
    bytes: file.bytes,
    records: tally.records,
    ...(tally.fromNs === undefined ? {} : { from: isoOf(tally.fromNs) }),
    ...(tally.toNs === undefined ? {} : { to: isoOf(tally.toNs) }),
  };
  return { source, profiles: tally.profiles };
}

async function tellFlaws(
  tally: SinkTally,
  file: EvidenceFile,
  id: string,
  store: Store,
  problems: Problem[],
): Promise<void> {
  for (const [kind, { count, line }] of tally.flaws)
    problems.push(flawProblem(kind, count, line > 0 ? `${file.name}, first in line ${line}` : file.name));
  if (tally.records > 0)
    for (const [kind, count] of await checkSpans(store, id, rangeOf(tally)))
      problems.push(flawProblem(kind, count, file.name));
}

/** Between the first and the last record, nanoseconds; absent when a record has no valid time. */
function rangeOf({ fromNs, toNs, flaws }: SinkTally): bigint | undefined {
  if (fromNs === undefined || toNs === undefined) return undefined;
  return flaws.has('no-time') || flaws.has('time-out-of-range') ? undefined : toNs - fromNs;
}

type Choice = { reader: EvidenceReader; recognition: Recognition } | { problem: Omit<Problem, 'where'> };

/** The one format that the content speaks for, or why there is none. */
export function choose(sample: Sample): Choice {
  const found = READERS.flatMap((reader) => {
    const recognition = reader.recognise(sample);
    return recognition ? [{ reader, recognition }] : [];
  }).sort((a, b) => b.recognition.confidence - a.recognition.confidence);
  const [best, second] = found;
  if (!best) return { problem: unknown(sample) };
  if (second && best.recognition.confidence - second.recognition.confidence < AMBIGUITY)
    return {
      problem: {
        severity: 'error',
        what: `This could be ${best.reader.title} (${best.recognition.by}) or ${second.reader.title} (${second.recognition.by}). It was not read, because a wrong guess would give wrong numbers.`,
        todo: 'Give it in a form that only one of the two fits.',
      },
    };
  return best;
}

function unknown(sample: Sample): Omit<Problem, 'where'> {
  const kind =
    sample.bytes.length === 0
      ? 'The file has no content'
      : sample.text === undefined
        ? 'This is binary and no format that is known'
        : sample.json
          ? 'This is JSON, but of no shape that is known'
          : 'This is text, but of no format that is known';
  return {
    severity: 'error',
    what: `${kind}. Looked for: ${READERS.map((r) => r.looksFor).join('; ')}.`,
    todo: 'Export it in one of these formats, or take it out of the folder.',
  };
}
