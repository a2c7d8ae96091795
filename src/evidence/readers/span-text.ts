/** Bytes that can be read eight at a time; a few more than are used must be there. */
export interface Text {
  bytes: Buffer;
  view: DataView;
}
const SPARE = 8;

export const textOfBytes = (size: number): Text => textOf(Buffer.allocUnsafeSlow(size + SPARE));

/** The same in memory that other threads can look at. */
export const sharedText = (size: number): Text => textOf(Buffer.from(new SharedArrayBuffer(size + SPARE)));

const textOf = (bytes: Buffer): Text => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

/** A longer text that begins with the first `used` bytes of `text`. */
export function longerText(text: Text, used: number, size: number): Text {
  const bigger = textOfBytes(size);
  text.bytes.copy(bigger.bytes, 0, 0, used);
  return bigger;
}

/**
 * True when `length` bytes of `known` stand in `text` at `at` too. Eight bytes are compared as one double: that of other
 * bytes is another one, but for those of zero and of what is no number.
 */
export function standsAt(known: Text, from: number, length: number, text: Text, at: number): boolean {
  const { view } = text;
  const knownView = known.view;
  if (length < 8) {
    for (let i = 0; i < length; i++) if (text.bytes[at + i] !== known.bytes[from + i]) return false;
    return true;
  }
  const last = length - 8;
  for (let i = 0; i < last; i += 8) if (!areEight(view, at + i, knownView, from + i)) return false;
  return areEight(view, at + last, knownView, from + last);
}

function areEight(a: DataView, atA: number, b: DataView, atB: number): boolean {
  const value = a.getFloat64(atA, true);
  if (value === b.getFloat64(atB, true) && value !== 0) return true;
  // Zero equals zero with a sign, and what is no number equals nothing, itself neither.
  return (value === 0 || Number.isNaN(value)) && areTwoFours(a, atA, b, atB);
}

const areTwoFours = (a: DataView, atA: number, b: DataView, atB: number): boolean =>
  a.getInt32(atA, true) === b.getInt32(atB, true) && a.getInt32(atA + 4, true) === b.getInt32(atB + 4, true);
