import { openFile } from './open.js';
import { type AccessTrace, accessBuilder } from './readers/access/access-trace.js';
import { LINE_FORMATS, type LineFormat } from './readers/access/line-formats.js';
import { lines } from './readers/json-records.js';

/** A trace as read, how it was recognised, and what could not be used. */
export interface ReadAccess {
  trace: AccessTrace;
  format: string;
  confidence: number;
  lines: number;
  /** Lines that could not be read, with the first few by number. */
  badLines: number;
  firstBad: number[];
  /** A damaged archive. */
  damage?: string;
}

/** Why a file could not be taken for a trace of accesses. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what} (${where}) ${todo}`);
  }
}

const LOOKS_FOR =
  'Give what redis-cli MONITOR prints, a web access log, a CSV with a header that names key, time and size, an ARC trace, or one key a line.';
const SURE = 0.5;
const CLOSE = 0.1;
const NAMED_BAD = 5;
/** More damaged lines than this share, and the file is not what it was taken for. */
const MOST_BAD = 0.2;

/** Reads a trace of accesses; keys are hashed as they come in. Throws an AccessError that says what to do. */
export async function readAccess(path: string, name = path): Promise<ReadAccess> {
  const file = await openFile(path);
  const head = file.sample.lines;
  if (file.sample.text === undefined)
    throw new AccessError('The file is binary; no format of accesses is.', name, LOOKS_FOR);
  if (head.length === 0) throw new AccessError('The file is empty.', name, LOOKS_FOR);
  const { format, confidence } = recognised(head, name);
  const parse = format.parser(head);
  const builder = accessBuilder();
  let count = 0;
  let bad = 0;
  const firstBad: number[] = [];
  const complain = (line: number): void => {
    bad++;
    if (firstBad.length < NAMED_BAD) firstBad.push(line);
  };
  for await (const { bytes, line } of lines(file.bytes, complain)) {
    count++;
    const found = parse(bytes.toString('utf8').replace(/\r$/, ''));
    if (found === 'bad') complain(line);
    else if (Array.isArray(found)) for (const access of found) builder.add(access);
    else if (found) builder.add(found);
  }
  const trace = builder.finish();
  if (bad > MOST_BAD * count)
    throw new AccessError(
      `${bad} of ${count} lines are not of the format ${format.title}.`,
      `${name}, line ${firstBad[0]}`,
      LOOKS_FOR,
    );
  if (trace.requests.length === 0)
    throw new AccessError(
      'The trace holds no look-up.',
      name,
      'Record while the service reads from its cache.',
    );
  const damage = file.damage();
  return {
    trace,
    format: format.title,
    confidence,
    lines: count,
    badLines: bad,
    firstBad,
    ...(damage === undefined ? {} : { damage }),
  };
}

function recognised(head: readonly string[], name: string): { format: LineFormat; confidence: number } {
  const ranked = LINE_FORMATS.map((format) => ({ format, confidence: format.recognise(head) })).sort(
    (a, b) => b.confidence - a.confidence,
  );
  const [first, second] = ranked;
  if (!first || first.confidence < SURE)
    throw new AccessError('No format of accesses was recognised.', `${name}, line 1`, LOOKS_FOR);
  if (second && second.confidence > 0 && first.confidence - second.confidence < CLOSE)
    throw new AccessError(
      `The file could be ${first.format.title} or ${second.format.title}.`,
      `${name}, line 1`,
      'Add a header line that names the columns.',
    );
  return first;
}
