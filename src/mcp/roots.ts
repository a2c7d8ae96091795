import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ToolFault } from './fault.js';

/** Paths as a client may name them: only below the roots that were given on the command line. */
export interface Roots {
  /** The real path of what the client named; links are followed first, then it must lie below a root. Throws a ToolFault. */
  find(path: string): string;
  /** A path as answers show it: relative to its root. */
  shown(path: string): string;
  /** A text without the roots' own place on the machine. */
  hide(text: string): string;
}

/** Throws a ToolFault when a root is not there or is no folder. */
export function rootsOf(folders: readonly string[]): Roots {
  const real = folders.map((folder) => {
    try {
      const path = realpathSync(resolve(folder));
      if (statSync(path).isDirectory()) return path;
    } catch {
      throw new ToolFault('There is no such folder.', folder, 'Name a folder that exists with --root.');
    }
    throw new ToolFault('A root must be a folder.', folder, 'Name the folder that holds the file.');
  });
  const inside = (path: string): boolean => real.some((root) => isBelow(path, root));
  const named = [...real, ...folders.map((f) => resolve(f))];
  return {
    find(path) {
      if (real.length === 0)
        throw new ToolFault(
          'No files may be read.',
          'path',
          'Start the server with --root and the folder of the telemetry; text alone works without.',
        );
      if (path.includes('\0')) throw notBelow();
      const candidates = isAbsolute(path) ? [path] : real.map((root) => join(root, path));
      for (const candidate of candidates) {
        // What lies outside is refused before the file system is asked about it, so that nobody can probe for names.
        if (!named.some((root) => isBelow(resolve(candidate), root))) continue;
        const found = realOrNothing(candidate);
        if (found !== undefined && inside(found)) return found;
      }
      throw notBelow();
    },
    hide: (text) =>
      named
        .filter((root) => root !== sep)
        .reduce((t, root) => t.replaceAll(`${root}${sep}`, '').replaceAll(root, '.'), text),
    shown(path) {
      const root = real.find((r) => isBelow(path, r));
      return root === undefined ? 'outside of the roots' : relative(root, path).split(sep).join('/') || '.';
    },
  };
}

/** The same words whether it is not there or not allowed: a client learns nothing of what lies outside. */
const notBelow = (): ToolFault =>
  new ToolFault(
    'There is no such file or folder below the roots of this server.',
    'path',
    'Name a path relative to a root that was given with --root.',
  );

const isBelow = (path: string, root: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);

function realOrNothing(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
