import { formatQuantity } from '../src/domain/index.js';
import type { LiveAnswer } from './answers.js';

const WIDTH = 170;
const HEIGHT = 52;
const GAP_X = 70;
const GAP_Y = 22;

/** Services by how far they stand from the callers that nobody calls, with their calls. */
export function ServiceMap({ services, calls }: Pick<LiveAnswer, 'services' | 'calls'>) {
  const columns = layered(
    services.map((s) => s.name),
    calls,
  );
  const place = new Map<string, { x: number; y: number }>();
  columns.forEach((names, c) => {
    names.forEach((n, r) => {
      place.set(n, { x: c * (WIDTH + GAP_X), y: r * (HEIGHT + GAP_Y) });
    });
  });
  const width = columns.length * (WIDTH + GAP_X) - GAP_X;
  const height = Math.max(...columns.map((c) => c.length)) * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <>
      <section className="map" aria-label="Service map" tabIndex={0}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${services.length} services and their calls`}
        >
          {calls.map((c) => {
            const a = place.get(c.from);
            const b = place.get(c.to);
            if (!a || !b) return null;
            const [x1, y1] = [a.x + WIDTH, a.y + HEIGHT / 2];
            const [x2, y2] = [b.x, b.y + HEIGHT / 2];
            const bend = Math.max(30, Math.abs(x2 - x1) / 2);
            return (
              <path
                key={`${c.from} ${c.to}`}
                className="call"
                d={`M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`}
              />
            );
          })}
          {services.map((s) => {
            const at = place.get(s.name);
            if (!at) return null;
            const slow = s.beforeMs !== undefined && s.p95Ms > 1.5 * s.beforeMs;
            return (
              <g key={s.name} transform={`translate(${at.x},${at.y})`}>
                <rect className={slow ? 'service slow' : 'service'} width={WIDTH} height={HEIGHT} rx={6} />
                <text x={10} y={21} className="named">
                  {s.name.length > 21 ? `${s.name.slice(0, 20)}…` : s.name}
                </text>
                <text x={10} y={40}>
                  {slow ? '▲ ' : ''}p95 {formatQuantity(s.p95Ms, 'ms')},{' '}
                  {formatQuantity(s.ratePerSecond, '1/s')}
                </text>
              </g>
            );
          })}
        </svg>
      </section>
      <section className="table" aria-label="Services" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col" className="r">
                p95
              </th>
              <th scope="col" className="r">
                before
              </th>
              <th scope="col" className="r">
                a second
              </th>
              <th scope="col" className="r">
                failed
              </th>
            </tr>
          </thead>
          <tbody>
            {services.map((s) => (
              <tr key={s.name}>
                <td>
                  <code>{s.name}</code>
                </td>
                <td className="r">{formatQuantity(s.p95Ms, 'ms')}</td>
                <td className="r">{s.beforeMs === undefined ? '–' : formatQuantity(s.beforeMs, 'ms')}</td>
                <td className="r">{formatQuantity(s.ratePerSecond, '1/s')}</td>
                <td className="r">{formatQuantity(s.errorRatio, 'ratio')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** Columns of names: the callers before the called, circles cut where they close. */
export function layered(names: readonly string[], calls: LiveAnswer['calls']): string[][] {
  const depth = new Map(names.map((n) => [n, 0]));
  for (let round = 0; round < names.length; round++) {
    let moved = false;
    for (const { from, to } of calls) {
      const next = (depth.get(from) ?? 0) + 1;
      if (from === to || next > Math.min(names.length - 1, round + 1) || (depth.get(to) ?? 0) >= next)
        continue;
      depth.set(to, next);
      moved = true;
    }
    if (!moved) break;
  }
  const columns: string[][] = [];
  for (const n of names) {
    const at = depth.get(n) ?? 0;
    const column = columns[at] ?? [];
    column.push(n);
    columns[at] = column;
  }
  return columns.filter((c) => c !== undefined);
}
