import type { Labels } from '../../experiments/rules/series.js';
import type { World } from './world.js';

/** Minutes of made-up traffic: good and bad ones a minute. */
export interface Stretch {
  minutes: number;
  good: number;
  bad: number;
}
/** A series of promtool: its name with labels, and its values. */
export interface MadeSeries {
  series: string;
  values: string;
}

/** Labels without the name, as PromQL writes them. */
export const braces = (labels: Labels): string =>
  `{${Object.entries(labels)
    .filter(([k]) => k !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
    .join(', ')}}`;

/** Series in promtool's notation: `from+stepxtimes`. */
export function seriesOf(
  world: World,
  traffic: readonly Stretch[],
  without: (series: number) => boolean,
): MadeSeries[] {
  return world.series.flatMap((labels, i) => {
    if (without(i)) return [];
    return [{ series: `${labels.__name__ ?? ''}${braces(labels)}`, values: valuesOf(world, traffic, i) }];
  });
}

function valuesOf(world: World, traffic: readonly Stretch[], i: number): string {
  if (world.kind === 'state' && !world.rises[i])
    return traffic
      .map((s, k) => {
        const value = (s.bad > 0 ? world.bad : world.good)[i] ?? 0;
        return `${value}+0x${k === 0 ? s.minutes : s.minutes - 1}`;
      })
      .join(' ');
  let at = 0;
  return traffic
    .map((s, k) => {
      const step =
        world.kind === 'state'
          ? ((s.bad > 0 ? world.bad : world.good)[i] ?? 0)
          : (world.good.includes(i) ? s.good : 0) + (world.bad.includes(i) ? s.bad : 0);
      const from = k === 0 ? 0 : at + step;
      const times = k === 0 ? s.minutes : s.minutes - 1;
      at = from + step * times;
      return `${from}+${step}x${times}`;
    })
    .join(' ');
}
