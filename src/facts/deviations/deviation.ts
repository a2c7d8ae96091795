import { mean, median } from '../../models/spread.js';
import { type Quantity, TRAITS } from './quantity.js';
import { type MetricSeries, type Span, within } from './series.js';

/** How one series of the incident lies off its baseline. */
export interface Deviation {
  node: string;
  metric: string;
  quantity: Quantity;
  /** Medians. */
  before: number;
  during: number;
  /** +1 up, −1 down. */
  direction: 1 | -1;
  /** Shift in the bad direction over what normal blocks of the baseline show, or over what is material if that is more. */
  strength: number;
  /** The same over what normal blocks show alone: how sure it is, not how much it matters. */
  overNoise: number;
  /** The strength over the largest that a block of the baseline shows (1 where that is less than 1). */
  overNormal: number;
  /** The same of each block of the baseline, taken as if it were the incident, over the other blocks. */
  normal: Float64Array;
}

/** Normal blocks: a fifth of the baseline at most, so that there are five to compare. */
const BLOCK_SHARE = 0.2;
const MAD_TO_SIGMA = 1.4826;
/** A shift of less than a twentieth of the level is not material, however quiet the series. */
const RELATIVE_FLOOR = 0.05;
/** A change in the use of a resource below a fifth of what a typical node uses of it is not material. */
const FLEET_FLOOR = 0.2;
/** Series with fewer baseline values say nothing about normal. */
const MIN_BASELINE = 5;

/**
 * Deviations of medians against the baseline, in units of how far medians of equally long blocks of the baseline lie
 * off (scaled MAD, so that up to half of the baseline may itself be contaminated), never less than a material amount:
 * a share of the level, and for resources a share of what the other nodes use, so that a megabyte more is nothing
 * where services hold hundreds.
 */
export function deviations(series: readonly MetricSeries[], baseline: Span, incident: Span): Deviation[] {
  const parts = series.flatMap((s) => {
    const [before, during] = [defined(within(s, baseline)), defined(within(s, incident))];
    return before.length >= MIN_BASELINE && during.length > 0 ? [{ s, before, during }] : [];
  });
  const fleet = fleetLevels(parts.map((p) => ({ metric: p.s.metric, level: median(p.before) })));
  return parts.map(({ s, before, during }) => {
    const level = median(before);
    const now = median(during);
    const traits = TRAITS[s.quantity];
    const blocks = blockMedians(before, during.length);
    const noise = noiseOf(before, blocks, level);
    const material = Math.max(
      RELATIVE_FLOOR * (level === 0 ? Math.abs(now) : Math.abs(level)),
      traits.resource ? FLEET_FLOOR * (fleet.get(s.metric) ?? 0) : 0,
    );
    const bad = (value: number): number =>
      traits.worse === 0 ? Math.abs(value - level) : (value - level) * traits.worse;
    const over = (value: number, scale: number): number =>
      bad(value) === 0 ? 0 : bad(value) / (scale > 0 ? scale : RELATIVE_FLOOR * Math.abs(value - level));
    const strength = over(now, Math.max(noise, material));
    const normal = blocks.map((b) => over(b, Math.max(noise, material)));
    return {
      node: s.node,
      metric: s.metric,
      quantity: s.quantity,
      before: level,
      during: now,
      direction: now >= level ? 1 : -1,
      strength,
      overNoise: over(now, noise),
      overNormal: strength / Math.max(1, ...normal),
      normal: normal.map((own, i) => own / Math.max(1, ...normal.filter((_, j) => j !== i))),
    };
  });
}

/** Medians of the blocks of a baseline: as long as the incident, a fifth of the baseline at most. */
function blockMedians(baseline: Float64Array, incidentLength: number): Float64Array {
  const length = Math.max(1, Math.min(incidentLength, Math.floor(baseline.length * BLOCK_SHARE)));
  return Float64Array.from({ length: Math.floor(baseline.length / length) }, (_, i) =>
    median(baseline.subarray(i * length, (i + 1) * length)),
  );
}

/**
 * Scaled MAD of the blocks around the level, and of single values spread over a block, whichever is more. Where more
 * than half of the values are the same both are 0: then the mean distance from the level is the noise.
 */
function noiseOf(baseline: Float64Array, blocks: Float64Array, level: number): number {
  const distances = baseline.map((v) => Math.abs(v - level));
  const length = baseline.length / Math.max(1, blocks.length);
  const robust = Math.max(
    MAD_TO_SIGMA * median(blocks.map((b) => Math.abs(b - level))),
    (MAD_TO_SIGMA * median(distances)) / Math.sqrt(length),
  );
  return robust > 0 ? robust : mean(distances);
}

/** What a typical node uses of each resource, by the metric that says so. */
function fleetLevels(levels: readonly { metric: string; level: number }[]): Map<string, number> {
  const byMetric = new Map<string, number[]>();
  for (const { metric, level } of levels)
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), Math.abs(level)]);
  return new Map([...byMetric].map(([metric, all]) => [metric, median(all)]));
}

const defined = (values: Float64Array): Float64Array => values.filter((v) => !Number.isNaN(v));
