import { createPlaceholders, createRedactor, type Placeholders } from '../../src/evidence/redact/index.js';
import type { LabelledLine } from './lines.js';

/** What redaction did to labelled lines. */
export interface RedactionScores {
  /** Share of secrets of which no character is left, by kind. */
  recallByKind: Record<string, number>;
  /** Numbers, times, ids and names with `_` outside of secrets that were cut, wholly or in part. */
  changed: number;
  missed: { kind: string; text: string; redacted: string }[];
  damaged: { token: string; text: string; redacted: string }[];
}

const PLACEHOLDER = /<[a-z]+:\d+>/g;
/** Words with a digit in them, and words joined by `_`. */
const PROTECTED = /[\p{L}\d_.-]*\d[\p{L}\d_.-]*|[a-z]+(?:_[a-z\d]+)+/gu;
const SHOWN = 40;

/** Runs the redactor over lines, and says what it missed and what it damaged. */
export function scoreRedaction(lines: readonly LabelledLine[]): RedactionScores {
  const values = new Map<string, string>();
  const redactor = createRedactor({ placeholders: remembering(values) });
  const found = new Map<string, [cut: number, all: number]>();
  const scores: RedactionScores = { recallByKind: {}, changed: 0, missed: [], damaged: [] };
  for (const line of lines) {
    const redacted = redactor.redact(line.text);
    const kept = keptCharacters(line.text, redacted, values);
    for (const [start, end, kind] of line.secrets) {
      const tally = found.get(kind) ?? [0, 0];
      const isCut = !kept.subarray(start, end).includes(1);
      found.set(kind, [tally[0] + (isCut ? 1 : 0), tally[1] + 1]);
      if (!isCut && scores.missed.length < SHOWN) scores.missed.push({ kind, text: line.text, redacted });
    }
    for (const [from, to] of protectedRanges(line)) {
      if (!kept.subarray(from, to).includes(0)) continue;
      scores.changed++;
      if (scores.damaged.length < SHOWN)
        scores.damaged.push({ token: line.text.slice(from, to), text: line.text, redacted });
    }
  }
  for (const [kind, [cut, all]] of [...found].sort(([a], [b]) => (a < b ? -1 : 1)))
    scores.recallByKind[kind] = cut / all;
  return scores;
}

/** Placeholders that can be looked up again: for scoring alone. */
function remembering(values: Map<string, string>): Placeholders {
  const plain = createPlaceholders();
  return {
    ...plain,
    of(kind, value) {
      const placeholder = plain.of(kind, value);
      values.set(placeholder, value);
      return placeholder;
    },
  };
}

/**
 * For each character of the text, 1 when it is still there. Placeholders are put back into the redacted text to see
 * where each stood; where that does not give the text again (escapes), pieces between placeholders are sought in turn.
 */
function keptCharacters(text: string, redacted: string, values: ReadonlyMap<string, string>): Uint8Array {
  const kept = new Uint8Array(text.length);
  if (text === redacted) return kept.fill(1);
  const pieces: { text: string; kept: boolean }[] = [];
  let done = 0;
  for (const m of redacted.matchAll(PLACEHOLDER)) {
    const value = values.get(m[0]);
    // A placeholder that stood in the text already.
    if (value === undefined) continue;
    pieces.push({ text: redacted.slice(done, m.index), kept: true }, { text: value, kept: false });
    done = m.index + m[0].length;
  }
  pieces.push({ text: redacted.slice(done), kept: true });
  const forms = [whole, (value: string) => JSON.stringify(whole(value)).slice(1, -1)];
  for (const form of forms) {
    const restored = pieces.map((p) => (p.kept ? p.text : form(p.text)));
    if (restored.join('') !== text) continue;
    let at = 0;
    restored.forEach((piece, i) => {
      if (pieces[i]?.kept) kept.fill(1, at, at + piece.length);
      at += piece.length;
    });
    return kept;
  }
  let at = 0;
  for (const piece of pieces) {
    if (!piece.kept) continue;
    const found = text.indexOf(piece.text, at);
    // Rewritten beyond recognition: counted as changed.
    if (found < 0) continue;
    kept.fill(1, found, found + piece.text.length);
    at = found + piece.text.length;
  }
  return kept;

  /** A value that had placeholders in it itself. */
  function whole(value: string): string {
    return value.replace(PLACEHOLDER, (p) => {
      const inner = values.get(p);
      return inner === undefined || inner === value ? p : whole(inner);
    });
  }
}

function protectedRanges(line: LabelledLine): [number, number][] {
  const out: [number, number][] = [];
  const ordered = [...line.secrets].sort((a, b) => a[0] - b[0]);
  let from = 0;
  for (const [start, end] of [...ordered, [line.text.length, line.text.length] as const]) {
    if (start > from)
      for (const m of line.text.slice(from, start).matchAll(PROTECTED))
        out.push([from + m.index, from + m.index + m[0].length]);
    from = Math.max(from, end);
  }
  return out;
}

const PASSES = 12;
/**
 * Megabytes of text a second of CPU time: the quickest of passes, each with a redactor of its own. Other work on the
 * machine makes passes slower, and never quicker.
 */
export function redactionSpeed(lines: readonly LabelledLine[]): number {
  const bytes = lines.reduce((sum, l) => sum + Buffer.byteLength(l.text), 0);
  const rates = Array.from({ length: PASSES }, () => {
    const redactor = createRedactor();
    const before = process.cpuUsage();
    for (const line of lines) redactor.redact(line.text);
    const { user, system } = process.cpuUsage(before);
    return bytes / (user + system);
  });
  return Math.max(...rates);
}
