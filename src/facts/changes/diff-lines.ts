/** One line of a diff, without its mark. */
export interface DiffLine {
  mark: ' ' | '+' | '-';
  text: string;
  /** File it belongs to, when the diff says so. */
  file: string;
}

/** Lines that change together: removed ones, then the added ones that stand in their place. */
export interface ChangeBlock {
  removed: DiffLine[];
  added: DiffLine[];
}

export interface Diff {
  /** Context, added and removed lines in order; comments and blank lines are left out. */
  lines: DiffLine[];
  /** True at the index where a new hunk starts: what stands before it is not next to it. */
  starts: ReadonlySet<number>;
  blocks: ChangeBlock[];
}

const MOST_LINES = 20_000;
const LONGEST_LINE = 400;
const COMMENT = /^\s*(?:\/\/|#(?!\s*(?:include|define|if|pragma)\b)|\*|\/\*|--\s|<!--|;;|%%|rem\s|"""|''')/i;

/** Takes a unified diff apart, with or without file headers. Hunks are set apart by `@@` and by files. */
export function parseDiff(text: string, fallbackFile = ''): Diff {
  const lines: DiffLine[] = [];
  const starts = new Set<number>();
  let file = fallbackFile;
  for (const raw of text.split(/\r?\n/, MOST_LINES)) {
    const header = /^\+\+\+ (?:b\/)?(.+?)(?:\t.*)?$/.exec(raw);
    if (header?.[1]) {
      if (header[1] !== '/dev/null') file = header[1];
      continue;
    }
    if (/^(?:diff --git |index |new file|deleted file|similarity |rename |--- |Binary )/.test(raw)) {
      const named = /^diff --git a\/(.+) b\/(.+)$/.exec(raw);
      if (named?.[2]) file = named[2];
      continue;
    }
    if (raw.startsWith('@@')) {
      starts.add(lines.length);
      continue;
    }
    const mark = raw[0] === '+' || raw[0] === '-' ? raw[0] : ' ';
    const body = (raw[0] === '+' || raw[0] === '-' || raw[0] === ' ' ? raw.slice(1) : raw).slice(
      0,
      LONGEST_LINE,
    );
    if (body.trim() === '' || COMMENT.test(body)) continue;
    lines.push({ mark, text: body, file });
  }
  return { lines, starts, blocks: blocksOf(lines, starts) };
}

function blocksOf(lines: readonly DiffLine[], starts: ReadonlySet<number>): ChangeBlock[] {
  const blocks: ChangeBlock[] = [];
  let open: ChangeBlock | undefined;
  lines.forEach((line, i) => {
    if (line.mark === ' ' || starts.has(i) || (line.mark === '-' && (open?.added.length ?? 0) > 0))
      open = undefined;
    if (line.mark === ' ') return;
    if (!open) {
      open = { removed: [], added: [] };
      blocks.push(open);
    }
    (line.mark === '+' ? open.added : open.removed).push(line);
  });
  return blocks;
}

const SETTINGS_FILE = /\.(ya?ml|json|toml|ini|conf|cfg|env|properties|tf|hcl|xml)$|(^|\/)\.env|Dockerfile/i;
const STATEMENT = /\b(select|insert|update|delete|create|alter|drop|match|merge|with)\b/i;

/** Settings rather than code: words in strings are values there. */
export const isSettings = (file: string): boolean => SETTINGS_FILE.test(file);

/** A line of code without what its strings say, statements apart: a message about retries is no retry. */
export const codeOf = (line: DiffLine): string =>
  isSettings(line.file)
    ? line.text
    : line.text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (s) =>
        STATEMENT.test(s) || s.length <= 18 ? s : '""',
      );

const words = (line: string): string => line.replace(/[^\w?]+/g, ' ').trim();

/** Lines of `a` whose words do not also stand in `b`: what was moved or re-indented drops out. */
export function without(a: readonly DiffLine[], b: readonly DiffLine[]): DiffLine[] {
  const there = new Set(b.map((l) => words(l.text)));
  return a.filter((l) => !there.has(words(l.text)));
}
