import type { Readable } from 'node:stream';
import type { Redactor } from '../../evidence/redact/index.js';

/** A line that is longer is cut in two for redaction. */
const MOST_LINE = 1 << 20;

/** A file's text on its way out, redacted once more line by line. */
export function webStream(file: Readable, redactor: Redactor): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const lines = linesOf(file);
  return new ReadableStream({
    async pull(controller) {
      const next = await lines.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value.map((l) => redactor.redact(l)).join('')));
    },
    cancel: () => void file.destroy(),
  });
}

/** Whole lines with their ends, as many as a chunk of the file has. */
async function* linesOf(file: Readable): AsyncGenerator<string[], void> {
  let rest = '';
  file.setEncoding('utf8');
  for await (const chunk of file as AsyncIterable<string>) {
    const parts = (rest + chunk).split(/(?<=\n)/);
    rest = parts.at(-1)?.endsWith('\n') ? '' : (parts.pop() ?? '');
    if (rest.length > MOST_LINE) {
      parts.push(rest);
      rest = '';
    }
    if (parts.length > 0) yield parts;
  }
  if (rest !== '') yield [rest];
}
