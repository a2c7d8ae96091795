/** A line of a text with its number, from 1. */
export interface NumberedLine {
  text: string;
  line: number;
}

/** A log line longer than this is cut: statements of megabytes say nothing more. */
const MOST_CHARS = 1_000_000;

/** The lines of a byte stream, decoded, without their ends; memory holds one line. */
export async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let line = 1;
  for await (const part of bytes) {
    const text = rest + decoder.decode(part, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      yield { text: text.slice(from, end).replace(/\r$/, '').slice(0, MOST_CHARS), line: line++ };
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > 2 * MOST_CHARS) rest = rest.slice(0, MOST_CHARS);
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest.slice(0, MOST_CHARS), line };
}
