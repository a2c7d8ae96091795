import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { type ProductEntry, productFileSchema } from './schema.js';

/** The data lies beside this file, in src and in dist. */
const FOLDER = new URL('./products/', import.meta.url);

/** What the build made of the data files: read and checked then, and quick to load. */
const BUILT = new URL('./products.json', import.meta.url);

/** Every product by id: as the build left them, else from the data files. */
export const loadProducts = (): Map<string, ProductEntry> =>
  existsSync(BUILT)
    ? new Map((JSON.parse(readFileSync(BUILT, 'utf8')) as ProductEntry[]).map((p) => [p.id, p]))
    : readProducts();

/** Every product of the data files, by id, in the order of file names. Throws with file and place on bad data. */
export function readProducts(): Map<string, ProductEntry> {
  const files = readdirSync(FOLDER)
    .filter((f) => f.endsWith('.yaml'))
    .sort();
  const byId = new Map<string, ProductEntry>();
  for (const file of files)
    for (const product of parseProducts(file, readFileSync(new URL(file, FOLDER), 'utf8'))) {
      if (byId.has(product.id))
        throw new Error(`src/knowledge/products/${file}: "${product.id}" is there twice; give it one place`);
      byId.set(product.id, product);
    }
  for (const product of byId.values())
    for (const other of [product.like, product.runtime])
      if (other !== undefined && !byId.has(other))
        throw new Error(`knowledge of "${product.id}" points to "${other}", which no file describes`);
  return byId;
}

/** The products of one file. Throws one clear error: file, place, what to do. */
export function parseProducts(file: string, text: string): ProductEntry[] {
  const where = `src/knowledge/products/${file}`;
  const document = parseDocument(text);
  const wrong = document.errors[0];
  if (wrong) throw new Error(`${where}: ${wrong.message.split('\n')[0]}`);
  const data: unknown = document.toJS();
  const read = productFileSchema.safeParse(data);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const [at, ...rest] = issue?.path ?? [];
  const entry = Array.isArray(data) && typeof at === 'number' ? (data[at] as { id?: string }) : undefined;
  throw new Error(
    `${where}: product ${entry?.id ?? `number ${Number(at ?? 0) + 1}`}${rest.length > 0 ? `, ${rest.join('.')}` : ''}: ${issue?.message ?? 'not a list of products'}`,
  );
}
