import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changePoints } from '../../src/models/change-points/segment.js';
import { normalQuantile } from '../../src/models/distribution.js';
import { seededRandom } from '../../src/models/random.js';
import { cover, fMeasure } from '../change-point-scores.js';
import type { Suite } from '../main.js';

const MARGIN = 5;
const LENGTH = 100;
const HISTORIES = 1000;

interface SeriesFile {
  n_obs: number;
  series: { raw: (number | null)[] }[];
}

/** Annotated series, and noise in which nothing changes. */
export default {
  suite: 'changepoints',
  about: 'change points in annotated series; false alarms on five kinds of noise',
  async run(folder) {
    const annotations: Record<string, Record<string, number[]>> = JSON.parse(
      await readFile(join(folder, 'annotations.json'), 'utf8'),
    );
    const names = (await readdir(folder))
      .filter((f) => f.endsWith('.json') && f !== 'annotations.json')
      .map((f) => f.replace(/\.json$/, ''))
      .filter((name) => annotations[name])
      .sort();
    const rows = [];
    for (const name of names) {
      const file: SeriesFile = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
      const truth = Object.values(annotations[name] ?? {});
      const found = changesOf(file);
      rows.push({ name, f1: fMeasure(truth, found, MARGIN), cover: cover(truth, found, file.n_obs), found });
    }
    const falseAlarms: Record<string, number> = {};
    for (const [kind, noise] of Object.entries(NOISE))
      falseAlarms[kind] = share(HISTORIES, (random) => changePoints(noise(random)).length > 0);
    return {
      cases: rows.length,
      f1: mean(rows.map((r) => r.f1)),
      cover: mean(rows.map((r) => r.cover)),
      falseAlarms,
      recall1sd: share(HISTORIES, oneStep),
      series: Object.fromEntries(rows.map((r) => [r.name, [round(r.f1), round(r.cover), r.found]])),
    };
  },
} satisfies Suite;

/** Changes of all dimensions of a series, those within the margin of each other once. Gaps are bridged. */
function changesOf(file: SeriesFile): number[] {
  const all = file.series
    .flatMap((s) => changePoints(bridged(s.raw), { amongSeries: file.series.length }).map((c) => c.at))
    .sort((a, b) => a - b);
  return all.filter((at, i) => i === 0 || at - (all[i - 1] as number) > MARGIN);
}

function bridged(raw: readonly (number | null)[]): number[] {
  let last = raw.find((v): v is number => typeof v === 'number' && Number.isFinite(v)) ?? 0;
  return raw.map((v) => {
    if (typeof v === 'number' && Number.isFinite(v)) last = v;
    return last;
  });
}

type Uniform = () => number;
const normal = (random: Uniform): number => normalQuantile(Math.max(1e-12, random()));
const white = (draw: (random: Uniform) => number) => (random: Uniform) =>
  Array.from({ length: LENGTH }, () => draw(random));

function autoregressive(rho: number): (random: Uniform) => number[] {
  return (random) => {
    let x = normal(random) / Math.sqrt(1 - rho * rho);
    return Array.from({ length: LENGTH }, () => {
      x = rho * x + normal(random);
      return x;
    });
  };
}

const NOISE: Record<string, (random: Uniform) => number[]> = {
  gaussian: white(normal),
  t3: white((r) => normal(r) / Math.sqrt((normal(r) ** 2 + normal(r) ** 2 + normal(r) ** 2) / 3)),
  ar5: autoregressive(0.5),
  ar8: autoregressive(0.8),
  outliers: white((r) => normal(r) + (r() < 0.03 ? (r() < 0.5 ? -10 : 10) : 0)),
};

/** A step of one standard deviation somewhere in the middle half is found within the margin. */
function oneStep(random: Uniform): boolean {
  const at = Math.floor(LENGTH * (0.25 + 0.5 * random()));
  const y = Array.from({ length: LENGTH }, (_, i) => normal(random) + (i >= at ? 1 : 0));
  return changePoints(y).some((c) => Math.abs(c.at - at) <= MARGIN);
}

const share = (times: number, holds: (random: Uniform) => boolean): number => {
  let count = 0;
  for (let i = 0; i < times; i++) if (holds(seededRandom(1000 + i))) count++;
  return count / times;
};
const mean = (values: readonly number[]): number => round(values.reduce((a, b) => a + b, 0) / values.length);
const round = (x: number): number => Math.round(x * 1000) / 1000;
