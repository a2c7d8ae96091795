/** Tokens of one answer at most, at `CHARACTERS_PER_TOKEN`. */
export const MOST_TOKENS = 3000;
export const CHARACTERS_PER_TOKEN = 4;
const MOST_CHARACTERS = MOST_TOKENS * CHARACTERS_PER_TOKEN;
/** Kept back for what is said of the rest. */
const RESERVE = 400;
const MOST_LINE = 600;
const MOST_CELL = 240;
const MOST_WIDE_CELL = 1500;

/** A value in a table; `undefined` is an empty cell. */
export type Cell = string | number | undefined;

/** One part of an answer. */
export type Part =
  /** Our own words, on one line. */
  | { line: string }
  /** Rows, each with an id in the first column. `of` is how many there are in all, `from` where these start. */
  | {
      table: readonly string[];
      rows: readonly (readonly Cell[])[];
      of?: number;
      from?: number;
      narrow?: string;
      /** Few rows with a sentence each: cells may be long. */
      wide?: boolean;
    }
  /** Text of several lines, such as a section of a report. `more` says how to read on. */
  | { text: string; more: (rest: number) => string };

/**
 * The parts as text of at most `MOST_TOKENS`. Tables are CSV (RFC 4180). Lines that start with `#` are ours; what comes
 * from telemetry or users stands in cells or in a text, never on a line of its own. What does not fit is counted.
 */
export function render(parts: readonly Part[]): string {
  const out: string[] = [];
  let used = 0;
  const room = (text: string): boolean => used + text.length + 1 <= MOST_CHARACTERS - RESERVE;
  const put = (text: string): void => {
    out.push(text);
    used += text.length + 1;
  };
  let left = 0;
  for (const part of parts) {
    if ('line' in part) {
      const text = `# ${oneLine(part.line, MOST_LINE)}`;
      if (room(text)) put(text);
      else left++;
    } else if ('table' in part) {
      const head = part.table.map((title) => csvCell(title)).join(',');
      if (!room(head)) {
        left++;
        continue;
      }
      put(head);
      let shown = 0;
      for (const row of part.rows) {
        const text = row.map((cell) => csvCell(cell, part.wide ? MOST_WIDE_CELL : MOST_CELL)).join(',');
        if (!room(text)) break;
        put(text);
        shown++;
      }
      const from = part.from ?? 0;
      const rest = (part.of ?? from + part.rows.length) - from - shown;
      if (rest > 0)
        put(
          `# ${rest} more${part.narrow ? `: ${oneLine(part.narrow, 120).replace('OFFSET', String(from + shown))}` : ''}`,
        );
    } else {
      const text = clean(part.text);
      const whole = room(text) ? text : cutAtLine(text, MOST_CHARACTERS - RESERVE - used - 1);
      put(whole);
      const rest = text.length - whole.length;
      if (rest > 0) put(`# ${oneLine(part.more(rest), 200)}`);
    }
  }
  if (left > 0) put(`# ${left} more parts of this answer did not fit`);
  return out.join('\n');
}

/** The longest beginning of whole lines that is no longer than `most`; a single longer line is cut. */
function cutAtLine(text: string, most: number): string {
  const at = text.lastIndexOf('\n', Math.max(0, most));
  return text.slice(0, at > 0 ? at : Math.max(0, most));
}

/** A cell of CSV: rounded numbers, one line, in quotes where it holds anything but plain words. */
export function csvCell(value: Cell, most = MOST_CELL): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '';
  const text = oneLine(value, most);
  return /^[\p{L}\p{N}][\p{L}\p{N} ._:/@#!+-]*$/u.test(text) || text === ''
    ? text
    : `"${text.replaceAll('"', '""')}"`;
}

/** Text on one line, cut to `most` characters. */
export function oneLine(text: string, most: number): string {
  const flat = clean(text).replace(/\s+/g, ' ').trim();
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat;
}

/**
 * Text without what a reader cannot see: controls, marks of direction, zero-width and tag characters, which can carry words
 * to a model that no person would notice. Thin spaces between digits go, others become spaces.
 */
export function clean(text: string): string {
  return text
    .replace(/(?<=\d)\u202f(?=\d)/g, '')
    .replace(/[\u00a0\u2009\u202f]/g, ' ')
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, '');
}

const UNSEEN = /[^\P{C}\n\t]/gu;

/** Characters of a long text that one answer carries. */
export const CHARACTERS_A_PART = 8000;

/** Part `n` (from 1) of a text in whole lines, and how many parts there are. A single line beyond a part is cut into several. */
export function partOf(text: string, n: number): { text: string | undefined; parts: number } {
  const parts: string[] = [];
  let rest = clean(text);
  while (rest.length > CHARACTERS_A_PART) {
    const head = cutAtLine(rest, CHARACTERS_A_PART);
    parts.push(head);
    rest = rest.slice(head.length).replace(/^\n/, '');
  }
  parts.push(rest);
  return { text: parts[n - 1], parts: parts.length };
}

/** As many ids as a cell holds whole, and how many more there are: a cut id leads nowhere. */
export function idsCell(ids: readonly string[]): string {
  const kept: string[] = [];
  for (const id of ids) {
    if (kept.join(' ').length + id.length > MOST_CELL - 20) break;
    kept.push(id);
  }
  const rest = ids.length - kept.length;
  return rest > 0 ? [...kept, `${rest} more`].join(' ') : kept.join(' ');
}
