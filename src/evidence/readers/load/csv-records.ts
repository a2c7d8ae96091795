import { csvFields } from '../csv.js';
import { faultAt, type LoadInput, textLines } from './reader.js';

/** One row below the header of a CSV file. */
export interface CsvRecord {
  /** The field of a column by its name; empty when there is none. */
  field(name: string): string;
  line: number;
}

/** The rows of a CSV file by the names of its header. Throws a `LoadFault` on an open quote and on a row of another width. */
export async function* csvRecords(input: LoadInput): AsyncGenerator<CsvRecord> {
  let header: string[] | undefined;
  for await (const { text, line } of textLines(input)) {
    if (text === '') continue;
    const fields = csvFields(text, ',');
    if (!fields) throw faultAt(input, line, 'A quote stays open');
    if (!header) {
      header = fields;
      continue;
    }
    if (fields.length !== header.length)
      throw faultAt(input, line, `The line has ${fields.length} fields instead of ${header.length}`);
    const names = header;
    yield { field: (name) => fields[names.indexOf(name)] ?? '', line };
  }
}
