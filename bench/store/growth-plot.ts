const WIDTH = 520;
const HEIGHT = 320;
const MARGIN = 56;

/** Seconds over spans on logarithmic axes as SVG, with the line that linear growth from the first point would take. */
export function growthPlot(points: readonly (readonly [spans: number, seconds: number])[]): string {
  const [first = [1, 1], ...others] = points;
  const last = others.at(-1) ?? first;
  const linear = (first[1] * last[0]) / first[0];
  const low = Math.min(...points.map(([, s]) => s), first[1]) / 1.5;
  const high = Math.max(...points.map(([, s]) => s), linear) * 1.5;
  const x = (spans: number): number => at(spans, first[0] / 1.5, last[0] * 1.5, MARGIN, WIDTH - MARGIN);
  const y = (seconds: number): number => at(seconds, low, high, HEIGHT - MARGIN, MARGIN);
  const place = ([spans, seconds]: readonly [number, number]): string =>
    `${x(spans).toFixed(1)},${y(seconds).toFixed(1)}`;
  const label = ([spans, seconds]: readonly [number, number]): string =>
    `<circle cx="${x(spans).toFixed(1)}" cy="${y(seconds).toFixed(1)}" r="4"/><text x="${x(spans).toFixed(1)}" y="${(y(seconds) - 10).toFixed(1)}" text-anchor="middle">${seconds} s</text><text x="${x(spans).toFixed(1)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${spans / 1e6} M</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${MARGIN}" y="24" font-size="14">Seconds to all facts, over spans (both axes logarithmic)</text>
<path d="M${MARGIN},${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}" fill="none" stroke="#888"/>
<path d="M${place(first)}L${place([last[0], linear])}" stroke="#888" stroke-dasharray="4 4"/>
<text x="${WIDTH - MARGIN}" y="${(y(linear) + 16).toFixed(1)}" text-anchor="end" fill="#666">dashed: linear</text>
<path d="M${points.map(place).join('L')}" fill="none" stroke="#1f6feb" stroke-width="2"/>
${points.map(label).join('\n')}
</svg>
`;
}

/** Where a value lies between two ends on a logarithmic axis. */
const at = (value: number, low: number, high: number, from: number, to: number): number =>
  from + ((to - from) * Math.log(value / low)) / Math.log(high / low);
