import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './database.js';
import { type Snapshot, snapshotParts } from './snapshot.js';

/** A saved part that cannot be read: what, where, and what to do. */
export class DumpFault extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(what);
  }
}

/**
 * The snapshot that the export script wrote into a folder.
 * @throws DumpFault when the folder holds no part, or a part is no list of JSON records.
 */
export function snapshotFromDump(folder: string): Snapshot {
  const snapshot: Snapshot = { parts: {}, missing: [] };
  for (const part of snapshotParts) {
    const path = join(folder, `${part}.json`);
    const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    if (text === '') {
      snapshot.missing.push({ part, why: `${part}.json is missing or empty` });
      continue;
    }
    snapshot.parts[part] = recordsOf(text, path);
  }
  if (Object.keys(snapshot.parts).length === 0)
    throw new DumpFault(
      'The folder holds none of the files that the export script writes.',
      folder,
      'Run the script of `kneepoint explain --script` with psql in an empty folder, and name that folder.',
    );
  return snapshot;
}

function recordsOf(text: string, path: string): Row[] {
  const todo = 'Export it again; the file must be what psql wrote, unchanged.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DumpFault(`Malformed JSON: ${error instanceof Error ? error.message : ''}`, path, todo);
  }
  const isRow = (row: unknown): row is Row => typeof row === 'object' && row !== null && !Array.isArray(row);
  if (!Array.isArray(value) || !value.every(isRow)) throw new DumpFault('Not a list of records.', path, todo);
  return value;
}
