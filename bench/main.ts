import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a suite returns: the number of cases and its scores; the runner adds time and memory. */
export interface SuiteScores {
  cases: number;
  [score: string]: unknown;
}
export interface Suite {
  suite: string;
  about: string;
  /** True for a suite that makes its data itself: its folder of data may be missing. */
  ownData?: boolean;
  /** `folder` is the suite's own folder below the data directory. */
  run(folder: string): Promise<SuiteScores>;
}

/** Every suite: a file in `suites/` whose default export is one. In the order of their names. */
export async function allSuites(): Promise<Suite[]> {
  const folder = new URL('suites/', import.meta.url);
  const files = readdirSync(folder).filter((f) => f.endsWith('.ts'));
  const modules = await Promise.all(
    files.map((f) => import(new URL(f, folder).href) as Promise<{ default?: Suite }>),
  );
  return modules.flatMap((m) => (m.default ? [m.default] : [])).sort((a, b) => (a.suite < b.suite ? -1 : 1));
}

/** The suites that are named, each from the file called like it; `undefined` when one of them has no such file. */
async function namedSuites(names: readonly string[]): Promise<Suite[] | undefined> {
  const found: Suite[] = [];
  for (const name of names) {
    const file = new URL(`suites/${name.replaceAll('/', '-')}.ts`, import.meta.url);
    if (!existsSync(file)) return undefined;
    const { default: suite } = (await import(file.href)) as { default?: Suite };
    if (suite?.suite !== name) return undefined;
    found.push(suite);
  }
  return found.length > 0 ? found.sort((a, b) => (a.suite < b.suite ? -1 : 1)) : undefined;
}

async function main(args: string[]): Promise<number> {
  const json = args.includes('--json');
  const at = args.indexOf('--data');
  const data = resolve(
    (at >= 0 ? args[at + 1] : undefined) ?? process.env.KNEEPOINT_DATA ?? '../shared/data',
  );
  const wanted = args.filter((a, i) => !a.startsWith('--') && (at < 0 || i !== at + 1));
  const all = (await namedSuites(wanted)) ?? (await allSuites());
  const suites = all.filter((s) => wanted.length === 0 || wanted.includes(s.suite));
  const unknown = wanted.filter((w) => !all.some((s) => s.suite === w));
  if (unknown.length > 0 || suites.length === 0) {
    console.error(
      `no suite ${unknown.join(', ')}; there are:\n${all.map((s) => `  ${s.suite}: ${s.about}`).join('\n')}`,
    );
    return 2;
  }
  for (const suite of suites) {
    const folder = resolve(data, suite.suite);
    if (!suite.ownData && !existsSync(folder)) {
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
