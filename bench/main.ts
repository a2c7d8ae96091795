import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SUITES } from './suites/index.js';

/** What a suite returns: the number of cases and its scores; the runner adds time and memory. */
export interface SuiteScores {
  cases: number;
  [score: string]: unknown;
}
export interface Suite {
  suite: string;
  about: string;
  run(dataDirectory: string): Promise<SuiteScores>;
}

async function main(args: string[]): Promise<number> {
  const json = args.includes('--json');
  const at = args.indexOf('--data');
  const data = resolve(
    (at >= 0 ? args[at + 1] : undefined) ?? process.env.KNEEPOINT_DATA ?? '../shared/data',
  );
  const wanted = args.filter((a, i) => !a.startsWith('--') && (at < 0 || i !== at + 1));
  const suites = SUITES.filter((s) => wanted.length === 0 || wanted.includes(s.suite));
  const unknown = wanted.filter((w) => !SUITES.some((s) => s.suite === w));
  if (unknown.length > 0 || suites.length === 0) {
    console.error(
      `no suite ${unknown.join(', ')}; there are:\n${SUITES.map((s) => `  ${s.suite}: ${s.about}`).join('\n')}`,
    );
    return 2;
  }
  for (const suite of suites) {
    const folder = resolve(data, suite.suite);
    if (!existsSync(folder)) {
      console.error(
        `${suite.suite}: no data in ${folder}; give the folder that holds it with --data or KNEEPOINT_DATA`,
      );
      return 3;
    }
    const start = process.hrtime.bigint();
    const scores = await suite.run(folder);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const peakRssMb = process.resourceUsage().maxRSS / 1024;
    const row = { suite: suite.suite, ...scores, seconds: round(seconds), peakRssMb: round(peakRssMb) };
    if (json) console.log(JSON.stringify(row));
    else
      console.log(
        Object.entries(row)
          .map(([k, v]) => `${k}: ${typeof v === 'object' ? JSON.stringify(v) : v}`)
          .join('\n'),
      );
  }
  return 0;
}

const round = (x: number): number => Math.round(x * 100) / 100;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
