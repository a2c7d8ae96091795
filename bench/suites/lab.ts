import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCatalogue, scoresOf } from '../../lab/experiment/catalogue.js';
import { accuracyPage } from '../../lab/experiment/scoreboard.js';
import { missingPart } from '../../lab/topology/missing.js';
import type { Suite } from '../main.js';
import { faultRow } from './lab-recorded.js';

const PAGE = fileURLToPath(new URL('../../docs/accuracy.md', import.meta.url));

/** Every fault of the lab for real: found or not, and its forecast held against what was measured. */
export default {
  suite: 'lab',
  about: 'faults switched on in a running system: cause found, false alarms, forecasts against measurements',
  ownData: true,
  async run() {
    const lack = missingPart();
    if (lack) throw new Error(lack);
    const only = process.env.LAB_ONLY?.split(',');
    const out = resolve(process.env.LAB_OUT ?? mkdtempSync(join(tmpdir(), 'kneepoint-lab-')));
    mkdirSync(out, { recursive: true });
    const said = (text: string): void => {
      process.stderr.write(`${text}\n`);
    };
    const found = await runCatalogue({ out, pairs: 1, progress: said, ...(only ? { only } : {}) });
    const scores = scoresOf(found);
    if (!only) writeFileSync(PAGE, accuracyPage(found, scores));
    return {
      cases: found.experiments.length + found.calm.length + found.pairs.length,
      ...scores,
      skipped: found.skipped,
      failed: found.failed,
      faults: found.experiments.map(faultRow),
      pairRanks: found.pairs,
      alarms: found.calm.filter((r) => r.alarms.length > 0).map((r) => ({ id: r.id, alarms: r.alarms })),
    };
  },
} satisfies Suite;
