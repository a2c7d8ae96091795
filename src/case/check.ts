import type { Problem } from '../domain/index.js';

/** A case is read up to this size; ten inputs of prose are a few kilobytes. */
export const LIMIT_BYTES = 256 * 1024;

/** Text that can be read, with line ends and marks of order made plain; or the one problem that stops it. */
export function checkText(
  text: string,
): { text: string; problem?: undefined } | { text?: undefined; problem: Problem } {
  const error = (what: string, where: string, todo: string): { problem: Problem } => ({
    problem: { severity: 'error', what, where, todo },
  });
  if (text.length > LIMIT_BYTES || Buffer.byteLength(text) > LIMIT_BYTES)
    return error(
      `The case text is longer than ${LIMIT_BYTES / 1024} KB.`,
      `case text, byte ${LIMIT_BYTES}`,
      'Keep the ten inputs in the case; give logs, traces and metrics with --evidence.',
    );
  const bad = binaryAt(text);
  if (bad >= 0)
    return error(
      'The case is no text: it holds control bytes.',
      `case text, character ${bad}`,
      'Give a UTF-8 text file; give telemetry files with --evidence.',
    );
  const clean = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .replaceAll('\u0000', '');
  if (clean.trim() === '')
    return error(
      'The case is empty.',
      'case text, line 1',
      'Write at least what is slow; `kneepoint init` asks for the rest.',
    );
  return { text: clean };
}

/** The place of the first sign of a binary file, or -1: a zero byte, or many control or undecodable characters. */
function binaryAt(text: string): number {
  let odd = 0;
  let first = -1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0) return i;
    if ((c < 32 && c !== 9 && c !== 10 && c !== 13 && c !== 12 && c !== 27) || c === 0xfffd) {
      odd++;
      if (first < 0) first = i;
    }
  }
  return odd > 8 && odd * 50 > text.length ? first : -1;
}
