// Bundles page/ into dist/page: one script, one style sheet (the report's style first), and the page that loads them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist/page');

/** Writes dist/page; dist/report must have been built before. */
export async function buildPage() {
  mkdirSync(join(out, 'assets'), { recursive: true });
  await build({
    entryPoints: [join(root, 'page/main.tsx')],
    outfile: join(out, 'assets/page.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'error',
  });
  const { STYLE } = await import(new URL('../dist/report/html/style.js', import.meta.url).href);
  const own = readFileSync(join(root, 'page/style.css'), 'utf8');
  const { code } = await transform(`${STYLE}\n${own}`, { loader: 'css', minify: true });
  writeFileSync(join(out, 'assets/page.css'), code);
  // The drawings of the report share the patterns that its pages begin with.
  const { PATTERNS } = await import(new URL('../dist/report/html/chart.js', import.meta.url).href);
  const page = readFileSync(join(root, 'page/index.html'), 'utf8');
  writeFileSync(
    join(out, 'index.html'),
    page.replace('<body>', () => `<body>\n${PATTERNS}`),
  );
}
