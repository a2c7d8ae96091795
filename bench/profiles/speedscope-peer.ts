import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, type Run } from './peers.js';

/** A page has 4 GB and crashes on the largest of these files: its importer alone, in Node, may have what it asks for. */
const HEAP_MB = 12_000;

/** What the program of the page touches while it is loaded and imports; nothing of it draws. */
const PAGE = `
const nothing = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'length' ? 0 : key === 'then' ? undefined : nothing),
  apply: () => nothing,
  construct: () => nothing,
  set: () => true,
});
globalThis.window = globalThis;
globalThis.document = nothing;
globalThis.localStorage = nothing;
globalThis.location = { hash: '', href: '', search: '', protocol: 'file:' };
globalThis.matchMedia = () => nothing;
globalThis.addEventListener = () => {};
globalThis.FileReader = class {};
globalThis.alert = () => {};
`;

/** speedscope has no command line: its own importer, taken from the page that npm carries, is run on a file in Node. */
export function speedscopePeer(
  folder: string,
): ((file: string, limitSeconds: number) => Promise<Run | undefined>) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    execFileSync('npm', ['pack', 'speedscope@1', '--silent'], {
      cwd: folder,
      stdio: 'ignore',
      timeout: 60_000,
    });
    const archive = readdirSync(folder).find((f) => f.startsWith('speedscope-') && f.endsWith('.tgz'));
    execFileSync('tar', ['xzf', archive ?? ''], { cwd: folder });
    const importer = join(folder, 'speedscope-import.cjs');
    writeFileSync(importer, importerOf(join(folder, 'package/dist/release')));
    return (file, limitSeconds) =>
      costOf(process.execPath, [`--max-old-space-size=${HEAP_MB}`, importer, file], limitSeconds);
  } catch {
    return undefined;
  }
}

/** The page's program up to where it draws, and a call of its importer. Throws when the program is built otherwise. */
function importerOf(release: string): string {
  const name = readdirSync(release).find((f) => /^speedscope-\w+\.js$/.test(f));
  const program = readFileSync(join(release, name ?? ''), 'utf8');
  const draws = program.lastIndexOf('console.log(`speedscope v');
  const module = /\(await ([\w$]+)\)\.importProfilesFromArrayBuffer/.exec(program)?.[1];
  if (draws < 0 || module === undefined) throw new Error('speedscope is built in another way');
  return `${PAGE}
${program.slice(0, draws)}
const { readFileSync } = require('node:fs');
const { basename } = require('node:path');
(async () => {
  const file = process.argv[2];
  const bytes = readFileSync(file);
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const group = await (await ${module}).importProfilesFromArrayBuffer(basename(file), data);
  if (!group || group.profiles.length === 0) process.exitCode = 1;
})().catch((error) => { console.error(error); process.exit(1); });
})();
`;
}
