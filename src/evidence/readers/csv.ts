/** One line of CSV as fields (RFC 4180: quotes doubled inside quotes). `undefined` when a quote stays open. */
export function csvFields(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator).map((f) => f.trim());
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (quoted) {
      if (c !== '"') field += c;
      else if (line.charAt(i + 1) === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator) {
      fields.push(field.trim());
      field = '';
    } else field += c;
  }
  fields.push(field.trim());
  return quoted ? undefined : fields;
}

/** The separator of a header line: the one of `,`, `;` and tab that it has most of. */
export function separatorOf(header: string): string | undefined {
  const counts = [',', ';', '\t'].map((s) => ({ s, n: header.split(s).length - 1 }));
  const best = counts.sort((a, b) => b.n - a.n)[0];
  return best && best.n > 0 ? best.s : undefined;
}
