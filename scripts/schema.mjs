// Writes docs/result.schema.json, the JSON Schema of result.json, from the zod schema of the domain.
// `--check` only compares, and exits 1 when the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';

register();
const { publishedSchema } = await import('../src/report/schema.ts');
const file = new URL('../docs/result.schema.json', import.meta.url);
const text = `${JSON.stringify(publishedSchema(), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('docs/result.schema.json is out of date: run node scripts/schema.mjs');
    process.exitCode = 1;
  }
} else writeFileSync(file, text);
