import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencySummary } from '../../../domain/load-result.js';
import { faultAt, LoadFault, type LoadReader, textLines } from './reader.js';

/** An interval log of HdrHistogram: start, length, largest value, histogram in compressed base64; perhaps with a tag. */
export const hdrLog: LoadReader = {
  id: 'hdr-log',
  title: 'HdrHistogram log',
  looksFor: 'an interval log of HdrHistogram',
  recognise: (sample) =>
    sample.lines.some((l) => /^(Tag=[^,]+,)?[\d.]+,[\d.]+,[\d.]+,HIST/.test(l)) &&
    sample.lines.every((l) => /^(#|"StartTimestamp"|Tag=|[\d.]+,)/.test(l))
      ? { confidence: 1, by: 'interval lines with an encoded histogram' }
      : undefined,
  async read(input) {
    const tags = new Map<string, Histogram>();
    let startedAtMs: number | undefined;
    let seconds = 0;
    for await (const { text, line } of textLines(input)) {
      const start = /^#\[StartTime: ([\d.]+) /.exec(text);
      if (start) startedAtMs = Number(start[1]) * 1000;
      if (text === '' || text.startsWith('#') || text.startsWith('"')) continue;
      const row = /^(?:Tag=([^,]+),)?([\d.]+),([\d.]+),([\d.]+),(HIST\S+)$/.exec(text);
      if (!row) throw faultAt(input, line, 'The line is no interval');
      const [, tag = 'requests', from, length, , encoded = ''] = row;
      let histogram: Histogram;
      try {
        histogram = decodeFromCompressedBase64(encoded);
      } catch {
        throw faultAt(input, line, 'The histogram cannot be decoded');
      }
      const known = tags.get(tag);
      if (known) known.add(histogram);
      else tags.set(tag, histogram);
      seconds = Math.max(seconds, Number(from) + Number(length));
    }
    const [first, ...others] = [...tags.values()];
    if (!first)
      throw new LoadFault(
        'There is no interval in it',
        input.name,
        'Give the log of a run that recorded values.',
      );
    const parts = [...tags].map(([name, h]) => ({
      name,
      requests: h.totalCount,
      errors: 0,
      latencyMs: latencyOf(h),
    }));
    for (const h of others) first.add(h);
    return {
      tool: 'hdrhistogram',
      format: 'HdrHistogram log',
      loop: 'unknown',
      omissionSafe: 'unknown',
      percentiles: 'histogram',
      requests: first.totalCount,
      errors: 0,
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(seconds > 0 ? { durationSeconds: seconds, throughput: first.totalCount / seconds } : {}),
      latencyMs: latencyOf(first),
      lowerBound: false,
      parts,
      caveats: [
        'The log names no unit: values are read as microseconds.',
        'It does not say how requests were started, nor which failed.',
      ],
    };
  },
};

function latencyOf(h: Histogram): LatencySummary {
  const at = (p: number): number => h.getValueAtPercentile(p) / 1000;
  return {
    min: h.minNonZeroValue / 1000,
    mean: h.mean / 1000,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: h.maxValue / 1000,
  };
}
