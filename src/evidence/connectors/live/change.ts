import type { ChangeEvent } from '../../readers/records.js';

/** A change with what is known of it; the rest is empty. */
export const change = (
  known: Pick<ChangeEvent, 'timeNs' | 'kind' | 'summary'> & Partial<ChangeEvent>,
): ChangeEvent => ({
  service: '',
  name: '',
  revision: '',
  version: '',
  author: '',
  files: [],
  diff: '',
  ...known,
});

/** Longest summary that is kept: the first line of a message says what it is. */
const SUMMARY = 300;
export const firstLine = (text: unknown): string =>
  (String(text ?? '').split('\n')[0] ?? '').replace(/\s+/g, ' ').trim().slice(0, SUMMARY);
