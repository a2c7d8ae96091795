import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberObjects } from '../../src/models/cache/objects.js';
import { POLICIES, type PolicyName } from '../../src/models/cache/policies/index.js';
import { missRatio } from '../../src/models/cache/policy.js';
import { lruCurve, stackDistances } from '../../src/models/cache/stack-distance.js';
import { seededRandom } from '../../src/models/random.js';
import type { Suite } from '../main.js';

/** Replacement policies against the miss ratios of a reference simulator; the exact LRU curve of five million requests. */
export default {
  suite: 'cache/policies',
  about: 'miss ratios of replacement policies against a reference; time of an exact LRU curve',
  async run(folder) {
    const rows = readFileSync(join(folder, 'reference.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [trace = '', , , algorithm = '', , size, ratio] = line.split(',');
        return { trace, algorithm, size: Number(size), text: ratio ?? '', ratio: Number(ratio) };
      })
      .filter((r) => existsSync(join(folder, `${r.trace}.txt`)) && r.algorithm in POLICIES);
    const traces = new Map<string, ReturnType<typeof load>>();
    const maxDeviation: Record<string, number> = {};
    const wrong: string[] = [];
    for (const row of rows) {
      const trace = traces.get(row.trace) ?? load(join(folder, `${row.trace}.txt`));
      traces.set(row.trace, trace);
      const own = missRatio(POLICIES[row.algorithm as PolicyName], trace.requests, row.size, trace.objects);
      const deviation = Number(Math.abs(Number(own.toFixed(4)) - row.ratio).toFixed(4));
      maxDeviation[row.algorithm] = Math.max(maxDeviation[row.algorithm] ?? 0, deviation);
      if (deviation > 0)
        wrong.push(`${row.trace} ${row.algorithm} ${row.size}: ${own.toFixed(4)} for ${row.text}`);
    }
    const curve = timeCurve();
    return { cases: rows.length, maxDeviation, cpuSeconds: curve.cpuSeconds, curve, deviations: wrong };
  },
} satisfies Suite;

const load = (path: string) => numberObjects(readFileSync(path, 'utf8').trimEnd().split('\n'));

/** Five million references over a Zipf-like popularity of half a million objects. */
function timeCurve(): { references: number; cpuSeconds: number; checked: boolean } {
  const references = 5_000_000;
  const objects = 500_000;
  const random = seededRandom(7);
  const trace = new Int32Array(references);
  for (let i = 0; i < references; i++) trace[i] = Math.floor(objects * random() ** 3);
  const before = process.cpuUsage();
  const distances = stackDistances(trace, objects);
  const points = lruCurve(distances, [1000, 10_000, 100_000]);
  const { user, system } = process.cpuUsage(before);
  const exact = missRatio(POLICIES.lru, trace, 10_000, objects);
  return {
    references,
    cpuSeconds: Math.round((user + system) / 1e4) / 100,
    checked: Math.abs((points[1]?.missRatio ?? 0) - exact) < 1e-12,
  };
}
