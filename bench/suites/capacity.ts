import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, checkCase, PUBLISHED } from '../capacity/published.js';
import { simulated, simulatedStalls } from '../capacity/simulated.js';
import { worldCup } from '../capacity/world-cup.js';
import type { Suite } from '../main.js';

/** Seconds until a new replica serves: quick, and with a slow image or a new node. */
const STARTS = [90, 180];

/** Published numbers of the models, further cases from the folder, and a recorded month against autoscalers. */
export default {
  suite: 'capacity',
  about: 'published numbers of the models reproduced; further cases as JSON; autoscalers on a recorded month',
  ownData: true,
  async run(folder) {
    const published = PUBLISHED.map((entry, i) => checkCase(entry, `published ${i + 1}`));
    const checks = [...published, ...fromFolder(folder)].filter((c): c is Check => c !== undefined);
    const load = join(folder, '..', 'load', 'worldcup98-june.csv');
    const replayed = existsSync(load) ? STARTS.map((start) => ({ start, ...worldCup(load, start) })) : [];
    for (const r of replayed)
      checks.push({
        name: `autoscaling, ${r.start} s to start: the choice beats the default HPA on cost at no more violation`,
        passed: r.beatsDefault,
        detail: '',
      });
    return {
      cases: checks.length,
      passedShare: checks.filter((c) => c.passed).length / checks.length,
      failed: checks.filter((c) => !c.passed).map((c) => (c.detail ? `${c.name}: ${c.detail}` : c.name)),
      simulated: {
        withBusyShare: simulated(true),
        latencyAlone: simulated(false),
        stallsWithBusyShare: simulatedStalls(true),
        stallsLatencyAlone: simulatedStalls(false),
      },
      worldCup: replayed.map(({ start, chosen, policies }) => ({ start, chosen, policies })),
    };
  },
} satisfies Suite;

/** Every JSON file below the folder: an object, a list of them, or a map of named ones. */
function fromFolder(folder: string): (Check | undefined)[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((f) => f.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const content: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return entriesOf(content).map(
        ([name, entry]) =>
          checkCase(entry, `${file} ${name}`.trim()) ?? {
            name: `${file} ${name}`.trim(),
            passed: false,
            detail: 'its keys name no model',
          },
      );
    });
}

const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

function entriesOf(content: unknown): [string, Record<string, unknown>][] {
  if (Array.isArray(content))
    return content
      .flatMap((c, i) => (isObject(c) ? [[String(i + 1), c] as const] : []))
      .map(([a, b]) => [a, b]);
  if (!isObject(content)) return [];
  const values = Object.values(content);
  if (values.length > 0 && values.every((v) => isObject(v) || (Array.isArray(v) && v.every(isObject))))
    return Object.entries(content).flatMap(([name, v]) =>
      Array.isArray(v)
        ? v.map((c, i): [string, Record<string, unknown>] => [
            `${name} ${i + 1}`,
            c as Record<string, unknown>,
          ])
        : [[name, v as Record<string, unknown>]],
    );
  return [['', content]];
}
