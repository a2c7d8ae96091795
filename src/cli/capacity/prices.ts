import {
  type InstancePrice,
  instanceType,
  type PriceBook,
  parsePriceBook,
  samplePrices,
} from '../../knowledge/prices.js';
import { EXIT, UserError } from '../exit.js';
import { badOption, textFile } from './words.js';

/** The user's price book, else the small dated sample. */
export async function priceBookOf(file: string | undefined): Promise<PriceBook> {
  if (file === undefined) return samplePrices();
  const text = await textFile(file);
  try {
    return parsePriceBook(text);
  } catch (error) {
    throw new UserError(
      EXIT.badInput,
      `The price book cannot be read: ${(error as Error).message}.`,
      file,
      'Write date, currency, source, commitmentDiscount and instances with type, cores, memoryGiB, perHour and, where it was measured, speed; as YAML, or as CSV with the first four in lines like "# date: 2026-01-01".',
    );
  }
}

/** Today's type of instances, and the one to try. */
export interface Types {
  from: InstancePrice;
  to?: InstancePrice;
}

/** `m6i.large:c7g.xlarge`, today's type and the one to try; `m6i.large` alone asks for every type of the book. */
export function typesOf(text: string, book: PriceBook): Types {
  const [today = '', other] = text.split(':');
  const from = instanceType(book, today);
  const to = other === undefined ? undefined : instanceType(book, other);
  if (!from || (other !== undefined && !to))
    throw badOption(
      '--instance-type',
      text,
      `today’s type alone, or with the one to try (m6i.large:m6i.xlarge), of the price book: ${book.instances
        .slice(0, 8)
        .map((i) => i.type)
        .join(', ')}`,
    );
  return to ? { from, to } : { from };
}
