import { axes, label } from '../src/report/capacity/axes.js';

export interface Line {
  name: string;
  look: 'now' | 'before';
  points: readonly (readonly [number, number])[];
}
export interface LineChartProps {
  /** What it is of, apart from other drawings of the page. */
  name: string;
  /** The finding in words: what a reader who sees no drawing is told. */
  summary: string;
  xTitle: string;
  yTitle: string;
  lines: readonly Line[];
  /** Level lines: a target, a threshold. */
  levels?: readonly { at: number; label: string }[];
  /** One place on the horizontal axis, such as the value of a slider. */
  here?: { x: number; y: number; label: string } | undefined;
}

/** Lines over axes from zero. The numbers stand beside it as a table. */
export function LineChart({ name, summary, xTitle, yTitle, lines, levels = [], here }: LineChartProps) {
  const all = lines.flatMap((l) => l.points);
  const most = (of: readonly number[]): number => of.reduce((a, b) => Math.max(a, b), 0) || 1;
  const a = axes({
    xTo: most(all.map(([x]) => x)),
    yTo: 1.05 * most([...all.map(([, y]) => y), ...levels.map((l) => l.at)]),
    xTitle,
    yTitle,
    height: 300,
  });
  const right = a.x(most(all.map(([x]) => x)));
  return (
    <section className="line-chart" aria-label={name} tabIndex={0}>
      <svg viewBox={`0 0 ${a.width} ${a.height}`} role="img" aria-label={summary}>
        {a.ticks.y.map((v) => (
          <g key={v}>
            <line className="grid" x1={a.x(0)} x2={a.width - 16} y1={a.y(v)} y2={a.y(v)} />
            <text x={a.x(0) - 8} y={a.y(v) + 4} textAnchor="end">
              {label(v)}
            </text>
          </g>
        ))}
        {a.ticks.x.map((v) => (
          <text key={v} x={a.x(v)} y={a.y(0) + 18} textAnchor="middle">
            {label(v)}
          </text>
        ))}
        <text x={a.width / 2} y={a.height - 6} textAnchor="middle">
          {xTitle}
        </text>
        <text transform={`translate(14,${a.height / 2}) rotate(-90)`} textAnchor="middle">
          {yTitle}
        </text>
        {levels.map((l) => (
          <g key={l.label}>
            <line className="level" x1={a.x(0)} x2={right} y1={a.y(l.at)} y2={a.y(l.at)} />
            <text x={right} y={a.y(l.at) - 5} textAnchor="end">
              {l.label}
            </text>
          </g>
        ))}
        {lines.map((l) => (
          <polyline
            key={l.name}
            className={`drawn-line ${l.look}`}
            points={l.points.map(([x, y]) => `${a.x(x).toFixed(1)},${a.y(y).toFixed(1)}`).join(' ')}
          >
            <title>{l.name}</title>
          </polyline>
        ))}
        {here ? (
          <>
            <line className="level" x1={a.x(here.x)} x2={a.x(here.x)} y1={a.y(0)} y2={a.y(here.y)} />
            <circle className="here" cx={a.x(here.x)} cy={a.y(here.y)} r={5} />
            <text
              className="named"
              x={a.x(here.x) + (a.x(here.x) > a.width / 2 ? -10 : 10)}
              y={a.y(here.y) + 20}
              textAnchor={a.x(here.x) > a.width / 2 ? 'end' : 'start'}
            >
              {here.label}
            </text>
          </>
        ) : null}
      </svg>
    </section>
  );
}
