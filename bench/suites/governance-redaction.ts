import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Suite } from '../main.js';
import { FORMAT_NAMES, generateLines, type LabelledLine } from '../redaction/lines.js';
import { PLANTED } from '../redaction/planted.js';
import { redactionSpeed, scoreRedaction } from '../redaction/score.js';

const LINES = 12_000;
const SEED = 20261126;

/** Secrets and personal data planted in telemetry, beside what only looks like them. */
export default {
  suite: 'governance/redaction',
  about:
    'secrets and personal data found in telemetry of 8 formats, what was changed beside them, MB a second',
  ownData: true,
  async run(folder) {
    const file = join(folder, 'lines.ndjson');
    const own = !existsSync(file);
    const lines = own ? generateLines(LINES, SEED) : await readLines(file);
    const scores = scoreRedaction(lines);
    const recalls = Object.values(scores.recallByKind);
    if (process.env.KNEEPOINT_BENCH_SHOW) show(scores);
    return {
      cases: lines.length,
      corpus: own ? `generated, seed ${SEED}` : 'lines.ndjson',
      ...(own ? { formats: FORMAT_NAMES, kinds: PLANTED.map((p) => p.kind) } : {}),
      recall: recalls.reduce((a, b) => a + b, 0) / Math.max(1, recalls.length),
      worstRecall: Math.min(1, ...recalls),
      recallByKind: scores.recallByKind,
      changed: scores.changed,
      mbPerSecond: Math.round(redactionSpeed(lines) * 10) / 10,
    };
  },
} satisfies Suite;

/** Lines with `text` and `secrets: [[start, end, kind]]`. */
async function readLines(file: string): Promise<LabelledLine[]> {
  const out: LabelledLine[] = [];
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (line.trim() === '') continue;
    const read = JSON.parse(line) as Partial<LabelledLine>;
    if (typeof read.text !== 'string' || !Array.isArray(read.secrets))
      throw new Error(`${file}:${number}: a line needs "text" and "secrets": [[start, end, kind]]`);
    out.push({ text: read.text, secrets: read.secrets });
  }
  return out;
}

function show({ missed, damaged }: ReturnType<typeof scoreRedaction>): void {
  for (const m of missed) console.error(`missed ${m.kind}\n  ${m.text}\n  ${m.redacted}`);
  for (const d of damaged) console.error(`changed ${d.token}\n  ${d.text}\n  ${d.redacted}`);
}
