import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Text of source files that frames name, looked for below the folders that were given. */
export interface Sources {
  /** The file's text and the path it was found at; `undefined` when it is not there. */
  text(file: string): { text: string; path: string } | undefined;
}

export const NO_SOURCES: Sources = { text: () => undefined };
/** Larger files are bundles; parsing them takes longer than reading the profile. */
const MAX_SOURCE_BYTES = 8 * 1024 * 1024;

/**
 * Looks for a frame's file by the longest end of its path that exists below one of the folders: `/app/src/cart.js`
 * as `app/src/cart.js`, `src/cart.js`, `cart.js`. Nothing outside the folders is read.
 */
export function sourcesBelow(folders: readonly string[]): Sources {
  const known = new Map<string, { text: string; path: string } | undefined>();
  const roots = folders.map((f) => resolve(f));
  const find = (file: string): { text: string; path: string } | undefined => {
    const parts = pathOf(file)
      .split(/[/\\]/)
      .filter((p) => p !== '' && p !== '.' && p !== '..');
    for (const root of roots)
      for (let from = 0; from < parts.length; from++) {
        const path = resolve(root, ...parts.slice(from));
        if (!path.startsWith(root + sep)) continue;
        const text = readSmall(path);
        if (text !== undefined) return { text, path };
      }
    // A single file may be named instead of a folder.
    for (const root of roots)
      if (basename(root) === parts.at(-1)) {
        const text = readSmall(root);
        if (text !== undefined) return { text, path: root };
      }
    return undefined;
  };
  return {
    text(file) {
      if (file === '' || file.startsWith('node:')) return undefined;
      if (!known.has(file)) known.set(file, find(file));
      return known.get(file);
    },
  };
}

function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file.replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*$/, '');
  try {
    return fileURLToPath(file);
  } catch {
    return file.slice('file://'.length);
  }
}

function readSmall(path: string): string | undefined {
  try {
    if (!existsSync(path)) return undefined;
    const info = statSync(path);
    return info.isFile() && info.size <= MAX_SOURCE_BYTES ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** Where the source map of a compiled file lies: named in its last lines, inline or beside it. */
export function sourceMapOf(source: { text: string; path: string }): unknown {
  const name = /\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(source.text.slice(-100_000))?.[1];
  if (name === undefined) return undefined;
  try {
    const inline = /^data:application\/json(?:;charset=[^;,]+)?;base64,(.+)$/.exec(name)?.[1];
    if (inline !== undefined) return JSON.parse(Buffer.from(inline, 'base64').toString('utf8'));
    if (name.includes('://') || name.startsWith('/')) return undefined;
    return JSON.parse(readFileSync(join(source.path, '..', name), 'utf8'));
  } catch {
    return undefined;
  }
}
