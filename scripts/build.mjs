// Turns src/**/*.ts into dist/**/*.js, file by file, copies the data files beside them, and bundles the web page.
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const dist = join(root, 'dist');

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile())
  .map((e) => join(e.parentPath, e.name));

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: files.filter((f) => f.endsWith('.ts')),
  outdir: dist,
  outbase: src,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'error',
});
for (const file of files.filter((f) => !f.endsWith('.ts'))) cpSync(file, join(dist, relative(src, file)));

const { readProducts } = await import(new URL('../dist/knowledge/load.js', import.meta.url).href);
writeFileSync(join(dist, 'knowledge/products.json'), JSON.stringify([...readProducts().values()]));

await buildPage();
