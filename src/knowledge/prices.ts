import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const instanceSchema = z.object({
  type: z.string().min(1),
  cores: z.number().positive(),
  memoryGiB: z.number().positive(),
  perHour: z.number().positive(),
  /** Work that a core gets done in a time, against any one type of the book; measured by your own service. */
  speed: z.number().positive().optional(),
});
export type InstancePrice = z.infer<typeof instanceSchema>;

const bookSchema = z.object({
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date is written YYYY-MM-DD'),
  currency: z.string().min(1),
  source: z.string().min(4),
  /** Share that a commitment takes off the price of an hour. */
  commitmentDiscount: z.object({
    oneYear: z.number().min(0).max(0.9),
    threeYears: z.number().min(0).max(0.9),
  }),
  instances: z.array(instanceSchema).min(1),
});
/** Prices of an hour by instance type, with their date and source. */
export type PriceBook = z.infer<typeof bookSchema>;

/** Reads a price book in YAML or CSV. Throws an Error that says what is wrong and in which field. */
export function parsePriceBook(text: string): PriceBook {
  return isTable(text) ? fromTable(text) : fromYaml(text);
}

/** A table: lines `# date: 2026-01-01` for what holds for all, then a header with `type` and a row an instance type. */
const isTable = (text: string): boolean =>
  text
    .split(/\r?\n/)
    .some((line) => /^\s*"?type"?\s*[,;\t]/i.test(line) || /[,;\t]\s*"?type"?\s*([,;\t]|$)/i.test(line));

const FIELDS: Readonly<Record<string, string>> = {
  type: 'type',
  cores: 'cores',
  vcpu: 'cores',
  vcpus: 'cores',
  memorygib: 'memoryGiB',
  memory: 'memoryGiB',
  perhour: 'perHour',
  hourly: 'perHour',
  priceperhour: 'perHour',
  speed: 'speed',
};
const plainName = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, '');

function fromTable(text: string): PriceBook {
  const lines = text.split(/\r?\n/).map((l, i) => ({ text: l.trim(), at: i + 1 }));
  const said = new Map(
    lines.flatMap((l): [string, string][] => {
      const match = /^#\s*([A-Za-z ]+?)\s*:\s*(.+)$/.exec(l.text);
      return match ? [[plainName(match[1] ?? ''), match[2] ?? '']] : [];
    }),
  );
  const [header, ...rows] = lines.filter((l) => l.text !== '' && !l.text.startsWith('#'));
  const separator = [',', ';', '\t'].find((s) => header?.text.includes(s)) ?? ',';
  const cellsOf = (line: string): string[] =>
    line.split(separator).map((c) => c.trim().replace(/^"(.*)"$/, '$1'));
  const fields = cellsOf(header?.text ?? '').map((name) => FIELDS[plainName(name)]);
  const instances = rows.map((row) => {
    const cells = cellsOf(row.text);
    if (cells.length !== fields.length)
      throw new Error(`line ${row.at}: ${cells.length} cells where the header has ${fields.length}`);
    return Object.fromEntries(
      fields.flatMap((field, i): [string, string | number][] =>
        field === undefined || cells[i] === ''
          ? []
          : [[field, field === 'type' ? (cells[i] ?? '') : Number(cells[i])]],
      ),
    );
  });
  const share = (name: string): number => {
    const given = said.get(name);
    return given === undefined ? 0 : Number(given.replace('%', '')) / (given.includes('%') ? 100 : 1);
  };
  return checked({
    date: said.get('date'),
    currency: said.get('currency'),
    source: said.get('source'),
    commitmentDiscount: { oneYear: share('oneyear'), threeYears: share('threeyears') },
    instances,
  });
}

function fromYaml(text: string): PriceBook {
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken) throw new Error(broken.message.split('\n')[0]);
  return checked(document.toJS());
}

function checked(data: unknown): PriceBook {
  const read = bookSchema.safeParse(data);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const where = issue?.path.map((p) => (typeof p === 'number' ? `entry ${p + 1}` : String(p))).join(', ');
  throw new Error(`${where || 'the file'}: ${issue?.message ?? 'no price book'}`);
}

let sample: PriceBook | undefined;
/** The small dated sample that comes with Kneepoint. */
export const samplePrices = (): PriceBook => {
  sample ??= parsePriceBook(readFileSync(new URL('./prices/sample.yaml', import.meta.url), 'utf8'));
  return sample;
};

/** The price of a type, by its name in any case of letters. */
export const instanceType = (book: PriceBook, name: string): InstancePrice | undefined =>
  book.instances.find((i) => i.type.toLowerCase() === name.trim().toLowerCase());
