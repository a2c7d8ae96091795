import { escapeHtml } from '../html/escape.js';

/** A drawing area with its scales. Sizes in units of the view box. */
export interface Axes {
  width: number;
  height: number;
  x(value: number): number;
  y(value: number): number;
  /** Values at which a grid line or a label stands. */
  ticks: { x: number[]; y: number[] };
  /** Grid, labels and titles of both axes. */
  frame: string;
}

const LEFT = 62;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 44;

/** Axes from zero (or `from`) to the ends given, with round ticks. */
export function axes(options: {
  xTo: number;
  xFrom?: number;
  yTo: number;
  xTitle: string;
  yTitle: string;
  height?: number;
  xTick?: (value: number) => string;
  xStep?: number;
}): Axes {
  const width = 900;
  const height = options.height ?? 360;
  const xFrom = options.xFrom ?? 0;
  const x = (v: number): number =>
    LEFT + ((v - xFrom) / Math.max(1e-12, options.xTo - xFrom)) * (width - LEFT - RIGHT);
  const y = (v: number): number =>
    height - BOTTOM - (Math.min(v, options.yTo) / Math.max(1e-12, options.yTo)) * (height - TOP - BOTTOM);
  const xStep = options.xStep ?? roundStep((options.xTo - xFrom) / 6);
  const yStep = roundStep(options.yTo / 5);
  const lines: string[] = [];
  const ticks = {
    x: ticksFrom(Math.ceil(xFrom / xStep) * xStep, options.xTo, xStep),
    y: ticksFrom(0, options.yTo, yStep),
  };
  for (const v of ticks.y)
    lines.push(
      `<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${at(y(v))}" y2="${at(y(v))}"/><text x="${LEFT - 8}" y="${at(y(v) + 4)}" text-anchor="end">${label(v)}</text>`,
    );
  for (const v of ticks.x)
    lines.push(
      `<text x="${at(x(v))}" y="${height - BOTTOM + 18}" text-anchor="middle">${options.xTick ? escapeHtml(options.xTick(v)) : label(v)}</text>`,
    );
  lines.push(
    `<text x="${(LEFT + width - RIGHT) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(options.xTitle)}</text>`,
    `<text transform="translate(14,${(TOP + height - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(options.yTitle)}</text>`,
  );
  return { width, height, x, y, ticks, frame: lines.join('') };
}

function ticksFrom(from: number, to: number, step: number): number[] {
  const ticks: number[] = [];
  for (let v = from; v <= to * 1.0001; v += step) ticks.push(v);
  return ticks;
}

/** A value as it stands at an axis. */
export const label = (v: number): string =>
  v >= 10_000 ? `${Number((v / 1000).toPrecision(3))}k` : String(Number(v.toPrecision(3)));

function roundStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
}

export const at = (v: number): string => v.toFixed(1);

/** A line through points; those that are not finite break it. */
export function path(points: readonly (readonly [number, number])[]): string {
  let pen = 'M';
  return points
    .map(([px, py]) => {
      if (!Number.isFinite(px) || !Number.isFinite(py)) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${at(px)},${at(py)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

/** Colours for both schemes of light; kept in the file so that it stands alone. */
const STYLE = `svg{background:#fdfcfa;color:#1c2027;font:13px ui-sans-serif,"Segoe UI",Roboto,Arial,sans-serif}text{fill:#5a616d}text.strong{fill:#1c2027;font-weight:600}.grid{stroke:#e3dfd7}.line{fill:none;stroke:#1d56a8;stroke-width:2}.area{fill:#1d56a8;opacity:.15;stroke:none}.other{fill:none;stroke:#878d97;stroke-width:1.5}.bad{fill:none;stroke:#bf5315;stroke-width:1.5}.badfill{fill:#bf5315}.point{fill:#1c2027}.good{fill:none;stroke:#0d7668;stroke-width:1.6}.goodfill{fill:#0d7668}.mark{stroke:#bf5315;stroke-dasharray:5 4}
@media (prefers-color-scheme:dark){svg{background:#14161a;color:#e8e6e1}text{fill:#a4a9b3}text.strong{fill:#e8e6e1}.grid{stroke:#2d3138}.line{stroke:#8db8f5}.area{fill:#8db8f5}.other{stroke:#757c89}.bad,.mark{stroke:#f0904e}.badfill{fill:#f0904e}.point{fill:#e8e6e1}.good{stroke:#4fc4b0}.goodfill{fill:#4fc4b0}}`;

/** A drawing as one SVG file that stands alone. `summary` says it in words. */
export const drawing = (size: { width: number; height: number }, summary: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(summary)}" style="max-width:100%;height:auto"><style>${STYLE}</style>${body}</svg>\n`;
