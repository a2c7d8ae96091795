/**
 * Takes off what tools put around a plan: psql's borders in ASCII and Unicode, the marks of wrapped and multi-line
 * cells (`+`, `↵`, `…`), the quotes of pgAdmin and of CSV, and the prefixes of server logs. Line numbers stay the same.
 */
export function withoutFrames(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const bordered = lines.some((l) => /^\s*(?:\+-{3,}[-+]*\+|[┌╔├╟╠][─═┬╤╦┼╪]{3,}[┐╗┤╢╣])\s*$/.test(l));
  const continued = lines.filter((l) => /\s\+\s*(?:[|│║]\s*)?$/.test(l)).length;
  const manyCells = continued >= 2 && continued >= lines.filter((l) => l.trim() !== '').length / 3;
  // JSON has quotes of its own; in a CSV cell they are doubled.
  const ownQuotes = /"Node Type"\s*:/.test(text) && !/""Node Type""/.test(text);
  const out: string[] = [];
  for (const raw of lines) {
    let line = withoutLogPrefix(raw);
    if (bordered) {
      const cell = /^\s*[|│║] ?(.*?)\s*[|│║]?\s*$/.exec(line);
      if (cell) line = cell[1] ?? '';
    }
    if (manyCells) line = line.replace(/\s*\+\s*$/, '');
    line = line.replace(/\s*↵\s*$/, '');
    if (!ownQuotes) line = withoutQuotes(line);
    const before = out[out.length - 1];
    // A cell that psql wrapped ends with a mark and goes on behind the same mark.
    if (/^\s*…/.test(line) && before !== undefined && /…\s*$/.test(before)) {
      out[out.length - 1] = before.replace(/…\s*$/, '') + line.replace(/^\s*…/, '');
      out.push('');
    } else out.push(line);
  }
  return out;
}

/** psql's rules and headings, prompts' answers and row counts: nothing of the plan. */
export const isDecoration = (line: string): boolean =>
  /^\s*[-─═━+┌┐└┘├┤┬┴┼╔╗╚╝╪╤╧|│]{3,}\s*$/.test(line) ||
  /^\s*QUERY PLAN\s*$/i.test(line) ||
  /^\s*\(\d+ [\p{L}]+\)\s*$/u.test(line);

/** syslog writes tabs as `#011`; server logs indent what goes on with one tab. */
function withoutLogPrefix(line: string): string {
  const syslog = line.lastIndexOf('#011');
  if (syslog >= 0) return line.slice(syslog + 4);
  return line.startsWith('\t') ? line.slice(1).replace(/\t/g, '    ') : line;
}

function withoutQuotes(line: string): string {
  if (line.includes('""Node Type""') || /""[^"]+"":/.test(line))
    return line
      .replace(/^"(?!")/, '')
      .replace(/(?<!")"$/, '')
      .replaceAll('""', '"');
  const both = /^\s*(["'])(.*)\1;?\s*$/.exec(line);
  if (both) {
    const mark = both[1] ?? '"';
    return (both[2] ?? '').replaceAll(mark + mark, mark);
  }
  const single = (mark: string): boolean => line.split(mark).length % 2 === 0;
  if (/"\s*$/.test(line) && single('"')) return line.replace(/"\s*$/, '');
  if (/^\s*"/.test(line) && single('"')) return line.replace(/"/, '');
  return line;
}
