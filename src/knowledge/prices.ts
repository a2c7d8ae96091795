import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const instanceSchema = z.object({
  type: z.string().min(1),
  cores: z.number().positive(),
  memoryGiB: z.number().positive(),
  perHour: z.number().positive(),
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

/** Reads a price book in YAML. Throws an Error that says what is wrong and in which field. */
export function parsePriceBook(text: string): PriceBook {
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken) throw new Error(broken.message.split('\n')[0]);
  const data: unknown = document.toJS();
  const read = bookSchema.safeParse(data);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new Error(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'no price book'}`);
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
