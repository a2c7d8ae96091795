import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Problem, Source } from '../domain/index.js';

/** A file to look at. */
export interface EvidenceFile {
  /** Where it is. */
  path: string;
  /** What it is called in results: relative to what the user named, with `/`. */
  name: string;
  role: Source['role'];
  bytes: number;
}

/** Folders and files that hold no telemetry: version control, installed packages, our own outputs. */
const SKIPPED_FOLDERS = new Set(['.git', '.svn', 'node_modules', 'kneepoint-out', 'kneepoint-report']);
const OWN_OUTPUTS = /^(?:result\.json|report\.(?:md|html|json)|result\.schema\.json)$/i;
const TEXTS_ABOUT =
  /^(?:readme|licen[cs]e|changelog|contributing|notice|authors)(?:\..*)?$|\.(?:md|rst|adoc|html?|png|jpe?g|svg|pdf)$/i;
/** Sources beside profiles: looked at for hot lines only. */
const SOURCE_CODE = /\.(?:[cm]?[jt]sx?|pyx?|go|java|kt|scala|rb|rs|c|cc|cpp|h)$/i;
const MAX_DEPTH = 16;

/** All files below what the user named, in path order, each once. Never leaves a named folder through a link. */
export function findFiles(inputs: readonly { path: string; role: Source['role'] }[]): {
  files: EvidenceFile[];
  problems: Problem[];
} {
  const files: EvidenceFile[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const input of inputs) {
    const before = files.length + problems.length;
    visit(input.path, basename(input.path), input.role, 0, [], { files, problems, seen, root: input.path });
    if (files.length + problems.length === before)
      problems.push({
        severity: 'warning',
        what: 'There is no file in this folder.',
        where: basename(input.path),
        todo: 'Name the folder that holds the telemetry, or export it there first.',
      });
  }
  return { files, problems };
}

interface Found {
  files: EvidenceFile[];
  problems: Problem[];
  seen: Set<string>;
  root: string;
}

function visit(
  path: string,
  name: string,
  role: Source['role'],
  depth: number,
  above: readonly string[],
  found: Found,
): void {
  const problem = (severity: Problem['severity'], what: string, todo: string): void => {
    found.problems.push({ severity, what, where: name, todo });
  };
  try {
    const real = realpathSync(path);
    const stat = statSync(path);
    if (depth > 0 && lstatSync(path).isSymbolicLink()) {
      if (above.includes(real)) {
        problem('warning', 'This link leads back to a folder above it.', 'It was not followed.');
        return;
      }
      if (!isInside(real, realpathSync(found.root))) {
        problem(
          'warning',
          'This link leads out of the folder that was named.',
          'It was not followed. Name its target itself if it belongs to the evidence.',
        );
        return;
      }
    }
    if (stat.isDirectory()) {
      if (depth > MAX_DEPTH) {
        problem(
          'warning',
          `Folders are nested more than ${MAX_DEPTH} deep.`,
          'Name the inner folder itself.',
        );
        return;
      }
      for (const entry of readdirSync(path).sort()) {
        const inner = `${name}/${entry}`;
        if (SKIPPED_FOLDERS.has(entry)) continue;
        if (entry.startsWith('.')) continue;
        visit(join(path, entry), inner, role, depth + 1, [...above, real], found);
      }
      return;
    }
    if (!stat.isFile()) {
      problem('warning', 'This is neither a file nor a folder.', 'It was not read.');
      return;
    }
    if (found.seen.has(real)) return;
    if (depth > 0 && SOURCE_CODE.test(basename(path))) {
      problem('note', 'Passed over: source code, looked at for the hot lines of profiles only.', 'Nothing.');
      return;
    }
    if (depth > 0 && (OWN_OUTPUTS.test(basename(path)) || TEXTS_ABOUT.test(basename(path)))) {
      problem('note', 'Passed over: a text or an output, not telemetry.', 'Name the file itself to read it.');
      return;
    }
    found.seen.add(real);
    found.files.push({ path, name, role, bytes: stat.size });
  } catch (error) {
    problem(
      'error',
      `This could not be looked at: ${reason(error)}.`,
      'Check that it is there and readable.',
    );
  }
}

const isInside = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

/** What the system said, without the path. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'ENOENT') return 'it is not there';
  if (code === 'ELOOP') return 'links lead in a circle';
  return code ?? (error instanceof Error ? error.message.split('\n')[0] : undefined) ?? 'unknown reason';
}
