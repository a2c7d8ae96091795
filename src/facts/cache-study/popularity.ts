import type { AccessTrace } from '../../evidence/readers/access/access-trace.js';

/** How look-ups spread over keys. */
export interface Popularity {
  hottest: { label: string; shape: string; share: number; requests: number }[];
  /** Share of look-ups on the hottest 1 %, and 10 %, of keys. */
  topPercent: number;
  topTenPercent: number;
  /** Exponent of a Zipf law through the ranks 1 … n/10; about 1 is usual of the web. */
  zipf?: number;
  /** Keys by shape, the busiest first. */
  shapes: { shape: string; keys: number; requests: number; share: number }[];
}

const HOTTEST = 10;
const SHAPES = 15;

/** Counts look-ups by key and by shape of key. */
export function popularity(trace: AccessTrace): Popularity {
  const counts = new Float64Array(trace.objects);
  for (const object of trace.requests) counts[object] = (counts[object] as number) + 1;
  const total = trace.requests.length;
  const order = Int32Array.from(counts.keys()).sort(
    (a, b) => (counts[b] as number) - (counts[a] as number) || a - b,
  );
  const shareOf = (share: number): number => {
    const many = Math.max(1, Math.ceil(share * order.length));
    let sum = 0;
    for (let i = 0; i < many; i++) sum += counts[order[i] as number] as number;
    return sum / total;
  };
  const shapes = new Map<number, { keys: number; requests: number }>();
  for (let object = 0; object < trace.objects; object++) {
    const shape = trace.shapeOf[object] as number;
    const own = shapes.get(shape) ?? { keys: 0, requests: 0 };
    own.keys++;
    own.requests += counts[object] as number;
    shapes.set(shape, own);
  }
  const zipf = zipfOf(counts, order);
  return {
    hottest: [...order.slice(0, HOTTEST)].map((object) => ({
      label: trace.label(object),
      shape: trace.shapes[trace.shapeOf[object] as number] ?? '',
      share: (counts[object] as number) / total,
      requests: counts[object] as number,
    })),
    topPercent: shareOf(0.01),
    topTenPercent: shareOf(0.1),
    ...(zipf === undefined ? {} : { zipf }),
    shapes: [...shapes]
      .map(([shape, own]) => ({ shape: trace.shapes[shape] ?? '', ...own, share: own.requests / total }))
      .sort((a, b) => b.requests - a.requests || (a.shape < b.shape ? -1 : 1))
      .slice(0, SHAPES),
  };
}

/** Least squares of log count on log rank; nothing below 100 ranks. */
function zipfOf(counts: Float64Array, order: Int32Array): number | undefined {
  const ranks = Math.floor(order.length / 10);
  if (ranks < 100) return undefined;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  for (let i = 0; i < ranks; i++) {
    const x = Math.log(i + 1);
    const y = Math.log(counts[order[i] as number] as number);
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  return -(ranks * sxy - sx * sy) / (ranks * sxx - sx * sx);
}
