import type { Settings } from '../../settings.js';

// Words of letters, parted by single spaces or commas. The nested quantifier of the first one tries every way to part
// a long word before it gives up; the second accepts the same notes.
const BACKTRACKING = /^(?:[a-z]+[ ,]?)+$/;
const LINEAR = /^[a-z]+(?:[ ,][a-z]+)*[ ,]?$/;

/** A note of a customer, the same for the same cart: words in small letters, and at times a sign at the end. */
export function noteOf(key: string): string {
  const number = Number(key.split('-').at(-1) ?? 0);
  const letters = 21 + (number % 3);
  return `${'leaveitwiththeneighbourplease'.slice(0, letters)}${number % 4 === 0 ? '' : '!'}`;
}

/** True when a delivery note holds nothing but words. */
export function isPlainNote(note: string, how: Settings['noteCheck']): boolean {
  if (how === 'none') return true;
  return (how === 'backtracking' ? BACKTRACKING : LINEAR).test(note);
}
