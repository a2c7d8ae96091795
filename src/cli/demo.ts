import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { investigate } from '../investigate/investigate.js';
import { finish } from './investigate.js';
import { progressOn } from './progress.js';

const CASE = new URL('../../examples/novapay/', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, CASE));

/** Investigates the recorded NovaPay incident, or its healthy recording. */
export async function runDemo(options: { out: string; json?: boolean; healthy?: boolean }): Promise<number> {
  const evidence = options.healthy
    ? [{ path: at('healthy'), role: 'unspecified' as const }]
    : [
        { path: at('incident'), role: 'incident' as const },
        { path: at('healthy'), role: 'baseline' as const },
        { path: at('changes.ndjson'), role: 'unspecified' as const },
      ];
  const investigation = await investigate({
    caseText: readFileSync(at('case.yaml'), 'utf8'),
    evidence,
    redact: true,
    progress: progressOn(process.stderr),
  });
  return finish(investigation, options);
}
