// Starts a new entry of a catalogue: one file, one test, and the registry.
//   npm run new -- hypothesis database/lock-storm "Row locks pile up"
//   npm run new -- remedy database/split-table "Split a table by age"
//   npm run new -- reading lock-queue "What a lock's hold time allows"
//   npm run new -- reader acme-metrics "Acme metrics"
//   npm run new -- deliverable alerts/acme "Alert rules for Acme"
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = fileURLToPath(new URL('templates/', import.meta.url));
const LAYERS = ['client', 'api', 'cache', 'database', 'infrastructure', 'dependency'];

/** Where entries of a kind live, how their path begins, and what is still to do by hand. */
const KINDS = {
  hypothesis: {
    folder: 'hypotheses',
    path: 'LAYER/ID',
    next: 'Name its remedies by id, and bind it in one of the worlds of test/hypotheses/worlds.ts.',
  },
  remedy: {
    folder: 'remedies',
    path: 'LAYER/ID',
    next: 'Name it in the `remedies` of a hypothesis, or no case will ever see it.',
  },
  reading: { folder: 'readings', path: 'ID', next: 'Add a case to test/readings that it reads.' },
  reader: {
    folder: 'evidence/readers',
    path: 'ID',
    next: 'Put a real capture of the format into test/fixtures/evidence and read it in its test.',
  },
  deliverable: {
    folder: 'deliverables',
    path: 'KIND/STACK',
    next: 'Check the file with the tool of its stack in test/real.',
  },
};

function fail(message) {
  console.error(`npm run new: ${message}`);
  console.error('usage: npm run new -- <hypothesis|remedy|reading|reader|deliverable> <path> "<title>"');
  process.exit(2);
}

const [kind, path, title] = process.argv.slice(2);
const about = KINDS[kind];
if (!about) fail(`"${kind ?? ''}" is no catalogue`);
const parts = (path ?? '').split('/');
if (
  parts.length !== about.path.split('/').length ||
  !parts.every((p) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(p))
)
  fail(`the path is ${about.path}, in lower case with hyphens, not "${path ?? ''}"`);
if (about.path.startsWith('LAYER') && !LAYERS.includes(parts[0]))
  fail(`"${parts[0]}" is no layer; these are: ${LAYERS.join(', ')}`);
if (!title || /['`\\$\n]/.test(title))
  fail('the title is one line without quotes, back-ticks, dollar signs or backslashes');

const id = parts[parts.length - 1];
const fill = (text) =>
  text
    .replaceAll('__PATH__', path)
    .replaceAll('__ID__', id)
    .replaceAll('__LAYER__', parts[0])
    .replaceAll('__TITLE__', title);
const files = [
  [`${kind}.ts.txt`, join(root, 'src', about.folder, `${path}.ts`)],
  [`${kind}.test.ts.txt`, join(root, 'test', about.folder, `${path}.test.ts`)],
];
for (const [, file] of files) if (existsSync(file)) fail(`${file.slice(root.length)} is there already`);
for (const [template, file] of files) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, fill(readFileSync(join(templates, template), 'utf8')));
  console.log(`wrote ${file.slice(root.length)}`);
}
const registry = spawnSync(process.execPath, [join(root, 'scripts', 'registry.mjs')], { stdio: 'inherit' });
if (registry.status !== 0) process.exit(3);
console.log(about.next);
