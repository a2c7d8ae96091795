import type { LoadSecond } from './run.js';

const BARS = '▁▂▃▄▅▆▇█';
const SHOWN = 40;

/** A line of bars on a logarithmic scale, the last values at the right. */
export function sparkline(values: readonly number[]): string {
  const last = values.slice(-SHOWN);
  const logs = last.map((v) => Math.log10(Math.max(0.01, v)));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return logs
    .map((v) => BARS[high > low ? Math.round(((v - low) / (high - low)) * (BARS.length - 1)) : 0])
    .join('');
}

/** What the terminal shows while a run goes on: three lines, drawn over each second, or one line a second when plain. */
export function liveView(stream: NodeJS.WriteStream, totalSeconds: number): (second: LoadSecond) => void {
  const plain = !stream.isTTY || process.env.NO_COLOR !== undefined;
  const p99: number[] = [];
  let drawn = false;
  return (s) => {
    p99.push(s.p99Ms ?? 0);
    const at = `${Math.min(totalSeconds, s.second + 1).toFixed(0)}/${totalSeconds.toFixed(0)} s`;
    const rates = `due ${s.due}  answers ${s.answers}  errors ${s.errors}  in flight ${s.inFlight}`;
    const times = `p50 ${ms(s.p50Ms)}  p99 ${ms(s.p99Ms)}  max ${ms(s.maxMs)}  own lag p99 ${ms(s.lagP99Ms)}`;
    if (plain) {
      stream.write(`kneepoint: ${at}  ${rates}  ${times}\n`);
      return;
    }
    stream.write(
      `${drawn ? '\x1b[3A' : ''}\x1b[2K${at}  ${rates}\n\x1b[2K${times}\n\x1b[2Kp99 ${sparkline(p99)}\n`,
    );
    drawn = true;
  };
}

const ms = (value: number | undefined): string =>
  value === undefined ? '-' : value >= 100 ? `${value.toFixed(0)} ms` : `${value.toFixed(1)} ms`;
