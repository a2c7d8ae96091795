import { csvFields, separatorOf } from './csv.js';
import { LoadFault } from './load/reader.js';

/** A row by the names of its columns, lower case without blanks, dots and underscores. */
export interface TableRow {
  /** "file, line 7". */
  where: string;
  fields: ReadonlyMap<string, string>;
}

export const columnName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9%]+/g, '');

/** Rows of a delimited text with a header. Lines that are empty or start with # are left out. Throws a `LoadFault`. */
export function readTable(text: string, file: string): TableRow[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '' && !line.startsWith('#'));
  const [head, ...rest] = lines;
  if (!head) throw new LoadFault('The file is empty', file, 'Give a table with a header line.');
  const separator = separatorOf(head.line) ?? ',';
  const columns = csvFields(head.line, separator)?.map(columnName);
  if (!columns)
    throw new LoadFault('The header cannot be read', `${file}, line ${head.number}`, 'Close the quote.');
  return rest.map(({ line, number }) => {
    const where = `${file}, line ${number}`;
    const fields = csvFields(line, separator);
    if (!fields) throw new LoadFault('A quote stays open', where, 'Close the quote.');
    if (fields.length < columns.length)
      throw new LoadFault(
        `The line has ${fields.length} fields instead of ${columns.length}`,
        where,
        'Write every field, or cut the damaged end off.',
      );
    return { where, fields: new Map(columns.map((c, i) => [c, fields[i] ?? ''])) };
  });
}

/** The first of the columns that is there and not empty. */
export const cell = (row: TableRow, names: readonly string[]): string | undefined =>
  names.map((n) => row.fields.get(n)).find((v) => v !== undefined && v !== '');

/** A number of a row that is finite and not negative; `undefined` when none of the columns is filled. */
export function positive(row: TableRow, names: readonly string[]): number | undefined {
  const text = cell(row, names);
  if (text === undefined) return undefined;
  const percent = text.endsWith('%');
  const value = Number(percent ? text.slice(0, -1) : text);
  if (!Number.isFinite(value) || value < 0)
    throw new LoadFault(
      `“${text.slice(0, 40)}” is no number`,
      `${row.where}, column ${names.find((n) => row.fields.get(n) === text) ?? ''}`,
      'Write a plain number; the unit belongs in the name of the column.',
    );
  return percent ? value / 100 : value;
}
