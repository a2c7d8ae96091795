import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built file of the page. */
export interface PageFile {
  path: string;
  type: string;
  bytes: number;
  /** Its name has a hash of what is in it. */
  isLasting: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** Where the build puts the page: `dist/page`, beside the built server or below the project. */
export function builtPage(): string | undefined {
  const beside = fileURLToPath(new URL('../../page', import.meta.url));
  const project = fileURLToPath(new URL('../../../dist/page', import.meta.url));
  return [beside, project].find((folder) => existsSync(join(folder, 'index.html')));
}

/** The files of a folder by their path in a URL. Only these can be asked for: no path of a request reaches the disk. */
export function filesOf(folder: string): ReadonlyMap<string, PageFile> {
  const out = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).replaceAll('\\', '/');
    out.set(name, {
      path,
      type,
      bytes: statSync(path).size,
      isLasting: /[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(name),
    });
  }
  return out;
}

export const stream = (file: PageFile) => createReadStream(file.path);
