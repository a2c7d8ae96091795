/** Longest pattern, and most `*` in it: matching stays linear in the text. */
const MOST_LENGTH = 200;
const MOST_STARS = 6;

/** Whether a pattern can be used: not too long, not too many `*`. */
export const isPattern = (pattern: string): boolean =>
  pattern.length <= MOST_LENGTH && pattern.split('*').length - 1 <= MOST_STARS;

/** Whether `pattern`, in which `*` stands for anything, names the whole of `text`. Capitals do not count. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const whole = text.toLowerCase();
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (parts.length === 1) return whole === first;
  if (!whole.startsWith(first) || !whole.endsWith(last) || whole.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = whole.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= whole.length - last.length;
}
