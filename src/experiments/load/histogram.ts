import { build, type Histogram } from 'hdr-histogram-js';

export type LatencyHistogram = Histogram;

/** Three digits hold a percentile to one in a thousand; an hour is the longest wait that is told apart. */
const HIGHEST_US = 3_600_000_000;

/** An HDR histogram of microseconds. (G. Tene, HdrHistogram.) */
export const latencyHistogram = (): LatencyHistogram =>
  build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
    useWebAssembly: false,
  });

export function recordMs(histogram: LatencyHistogram, ms: number): void {
  histogram.recordValue(Math.min(HIGHEST_US, Math.max(0, Math.round(ms * 1000))));
}

/** The share-`p` quantile in milliseconds; `undefined` for no values. */
export const quantileMs = (histogram: LatencyHistogram, p: number): number | undefined =>
  histogram.totalCount === 0 ? undefined : histogram.getValueAtPercentile(p * 100) / 1000;
