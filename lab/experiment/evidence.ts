import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadSummary } from '../record/load-summary.js';
import { openOtlpFiles } from '../record/otlp-file.js';
import type { Load, Phase } from './session.js';

/** Kinds of evidence that a diagnosis can be made without. */
export const SOURCES = [
  'traces',
  'metrics',
  'logs',
  'profile',
  'statements',
  'database-log',
  'changes',
] as const;
export type EvidenceSource = (typeof SOURCES)[number];

/** Writes what a phase left as the files an investigation reads: OTLP as it was sent, the profile, what
 * the database kept, the load's result. */
export async function writePhase(
  folder: string,
  phase: Phase,
  load: Load,
  without: readonly EvidenceSource[] = [],
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = openOtlpFiles(folder);
  for (const { signal, body } of phase.telemetry) if (!without.includes(signal)) files.write(signal, body);
  await files.close();
  for (const { name, source, text } of phase.files)
    if (!without.includes(source)) writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
  if (phase.profile !== undefined && !without.includes('profile'))
    writeFileSync(
      join(folder, 'checkout-api.cpuprofile.gz'),
      gzipSync(JSON.stringify(phase.profile), { level: 9 }),
    );
  writeFileSync(
    join(folder, 'load-summary.json'),
    `${JSON.stringify(loadSummary(phase.outcomes, load.shape, load.seed), null, 2)}\n`,
  );
}

/** A deploy as the delivery pipeline tells of it. */
export type ChangeEvent = {
  atMs: number;
  service: string;
  version: string;
  message: string;
  summary: string;
};

/** Writes change events, one a line. */
export function writeChanges(path: string, changes: readonly ChangeEvent[]): void {
  const lines = changes.map(({ atMs, ...change }) =>
    JSON.stringify({ time: new Date(atMs).toISOString(), kind: 'deploy', ...change }),
  );
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
}
