// Checks that a file imports only from its own row or rows above it, and that no imports form a circle.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** Rows from the top; folders of one row may import from each other. */
const ROWS = [
  ['domain'],
  ['models'],
  ['evidence/redact'],
  ['evidence/store'],
  ['evidence/readers'],
  ['evidence/connectors'],
  ['evidence'],
  ['knowledge'],
  ['case'],
  ['facts'],
  ['readings'],
  ['remedies'],
  ['hypotheses'],
  ['method'],
  ['capacity'],
  ['experiments'],
  ['deliverables'],
  ['governance'],
  ['report'],
  ['investigate'],
  ['assistant'],
  ['cli', 'server', 'mcp', 'index.ts'],
];

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && e.name.endsWith('.ts'))
  .map((e) => join(e.parentPath, e.name));

const posix = (path) => relative(src, path).split(sep).join('/');
const rowOf = (path) => {
  const own = ROWS.flatMap((row, i) =>
    row.filter((r) => path === r || path.startsWith(`${r}/`)).map((r) => [r, i]),
  );
  return own.sort((a, b) => b[0].length - a[0].length)[0];
};

const imports = new Map();
const wrong = [];
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)]
    .map((m) => resolve(dirname(file), m[1]).replace(/\.js$/, '.ts'))
    .filter((t) => t.endsWith('.ts') && existsSync(t));
  imports.set(file, targets);
  const here = rowOf(posix(file));
  if (!here) wrong.push(`${posix(file)}: its folder has no row in scripts/layers.mjs`);
  for (const target of targets) {
    const there = rowOf(posix(target));
    if (here && there && there[1] > here[1])
      wrong.push(`${posix(file)} imports ${posix(target)}, a row below`);
  }
}

const done = new Set();
function walk(file, trail) {
  const at = trail.indexOf(file);
  if (at >= 0) {
    wrong.push(`circle: ${[...trail.slice(at), file].map(posix).join(' → ')}`);
    return;
  }
  if (done.has(file)) return;
  for (const next of imports.get(file) ?? []) walk(next, [...trail, file]);
  done.add(file);
}
for (const file of files) walk(file, []);

for (const line of [...new Set(wrong)]) console.error(line);
console.error(`layers: ${files.length} files, ${wrong.length} wrong imports`);
process.exitCode = wrong.length > 0 ? 1 : 0;
