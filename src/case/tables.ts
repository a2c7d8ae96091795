/**
 * Writes the rows of a Markdown table as lines of prose, so that each figure stands beside what it measures and when:
 * a row "p99 | 400 ms | 9.5 s" under "metric | normal | on sale" becomes "p99: 400 ms (normal), 9.5 s (on sale)".
 * Text outside of tables is untouched.
 */
export function unrollTables(text: string): string {
  if (!text.includes('|')) return text;
  const out: string[] = [];
  let heads: string[] | undefined;
  const lines = text.split('\n');
  lines.forEach((line, i) => {
    const cells = cellsOf(line);
    if (!cells) {
      heads = undefined;
      out.push(line);
    } else if (isRule(cells)) {
      heads ??= [];
    } else if (heads === undefined && isRule(cellsOf(lines[i + 1] ?? '') ?? [''])) {
      heads = cells;
    } else out.push(rowOf(cells, heads ?? []));
  });
  return out.join('\n');
}

function cellsOf(line: string): string[] | undefined {
  const t = line.trim();
  if (!t.startsWith('|') || t.length < 3) return undefined;
  return t
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((c) => c.trim());
}

const isRule = (cells: readonly string[]): boolean =>
  cells.length > 0 && cells.every((c) => /^:?-{2,}:?$/.test(c));
/** Heads that say nothing about when or of what a figure is. */
const PLAIN_HEAD =
  /^(?:value|values|metric|metrics|name|what|number|figure|result|measurement|observed|current|note|notes|comment|)$/i;

/** Heads that say when: they go before the figure, as in "at peak 1.8 s". */
const WHEN_HEAD =
  /\b(?:normal|usual|baseline|before|peak|steady|target|goal|slo|now|today|sale|expected|planned|forecast|quiet|idle|busy|off-peak|average day)\b/i;

/** "p99 (ms)", "requests/s": a unit in the row's name holds for its bare figures. */
function unitIn(cell: string): { label: string; unit: string } {
  const m =
    /^(.*?)\s*(?:[([]\s*(ms|s|sec|%|kb|mb|gb|rps|qps)\s*[)\]]|(\/\s?(?:s|sec|min|h)|per (?:second|minute|hour)))$/i.exec(
      cell,
    );
  if (!m) return { label: cell, unit: '' };
  const unit = m[2] ?? m[3] ?? '';
  return { label: m[1] ?? cell, unit: unit.startsWith('/') || unit === '%' ? unit : ` ${unit}` };
}

function rowOf(cells: readonly string[], heads: readonly string[]): string {
  const [first = '', ...values] = cells;
  const { label, unit } = unitIn(first);
  const said = values.flatMap((v, i) => {
    if (v === '' || /^[-–—]$/.test(v)) return [];
    const head = heads[i + 1] ?? '';
    const said = unit !== '' && /^[~<>≤≥]?\s?[\d.,]+[kKM]?$/.test(v) ? `${v}${unit}` : v;
    if (PLAIN_HEAD.test(head)) return [said];
    return WHEN_HEAD.test(head) ? [`${head} ${said}`] : [`${said} (${head})`];
  });
  return said.length === 0 ? `- ${label}` : `- ${label}: ${said.join(', ')}`;
}
