import { createPlaceholders } from './placeholders.js';

/** Cuts personal and secret values out of text. Numbers, times and ids stay as they are. */
export interface Redactor {
  /** Free text: messages, names, statements in logs. */
  redact(text: string): string;
  /** The value of a string attribute; its key tells statements, secrets and names. */
  attribute(key: string, value: string): string;
  /** How many values were cut since the start, by kind; never the values. */
  report(): { kind: string; count: number }[];
}

/** For the user who switched redaction off. */
export const keepEverything: Redactor = {
  redact: (text) => text,
  attribute: (_key, value) => value,
  report: () => [],
};

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/g;

/** A redactor whose placeholders (`<email:1>`) are the same for the same value throughout. */
export function createRedactor(): Redactor {
  const placeholders = createPlaceholders();
  const redact = (text: string): string =>
    text.includes('@') ? text.replace(EMAIL, (found) => placeholders.of('email', found)) : text;
  return { redact, attribute: (_key, value) => redact(value), report: placeholders.report };
}
