import type { Stage, Story } from './story.js';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const ms = (x: number): string => `${Number(x.toPrecision(3))} ms`;
const percent = (x: number, digits = 0): string => `${(100 * x).toFixed(digits)} %`;

const ROW = 46;
const LEFT = 250;
const WIDTH = 860;
const TOP = 30;

/** A bar a stage, the forecast of each step as a bracket over the bar that it foretold, the target as a line. */
function chart(story: Story): string {
  const rows: { stage: Stage; forecast?: [number, number] }[] = [
    { stage: story.healthy },
    ...story.stages.map((stage, i) => {
      const step = story.steps[i - 1];
      const before = story.stages[i - 1];
      if (!step?.forecast || !before || !(step.beforeMs > 0)) return { stage };
      // Forecasts are of one operation; on the bars of all requests they stand in proportion.
      const scale = before.p99Ms / step.beforeMs;
      const [low, high] = step.forecast.interval;
      return { stage, forecast: [low * scale, high * scale] as [number, number] };
    }),
  ];
  const most =
    Math.max(...rows.flatMap((r) => [r.stage.p99Ms, ...(r.forecast ?? [])]), story.targetMs) * 1.12;
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - 20);
  const height = TOP + rows.length * ROW + 20;
  const bars = rows.map(({ stage, forecast }, i) => {
    const y = TOP + i * ROW;
    const kind = i === 0 ? 'calm' : i === 1 ? 'bad' : 'mended';
    const bracket = forecast
      ? `<path class="forecast" d="M${x(forecast[0])} ${y + 4}v20M${x(forecast[0])} ${y + 14}H${x(forecast[1])}M${x(forecast[1])} ${y + 4}v20"/>`
      : '';
    return `<text x="${LEFT - 10}" y="${y + 18}" text-anchor="end">${escaped(stage.title)}</text>
<rect class="${kind}" x="${LEFT}" y="${y + 2}" width="${Math.max(1, x(stage.p99Ms) - LEFT)}" height="24"/>
${bracket}<text x="${Math.max(x(stage.p99Ms), forecast ? x(forecast[1]) : 0) + 8}" y="${y + 19}">${ms(stage.p99Ms)}</text>`;
  });
  const target = x(story.targetMs);
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="p99 by stage: ${escaped(
    rows.map((r) => `${r.stage.title} ${ms(r.stage.p99Ms)}`).join(', '),
  )}">
<line class="target" x1="${target}" y1="${TOP - 8}" x2="${target}" y2="${height - 12}"/>
<text class="quiet" x="${target + 6}" y="${TOP - 12}">target ${ms(story.targetMs)}</text>
${bars.join('\n')}
</svg>`;
}

const cell = (text: string): string => `<td>${escaped(text)}</td>`;

/** The story as one page: what was wrong, what was done in which order, what was forecast and what was measured. */
export function storyPage(story: Story): string {
  const { incident, final, met } = story;
  const ok = met.p99 && met.errors && met.processor;
  const steps = story.steps
    .map(
      (s, i) =>
        `<tr>${cell(`${i + 1}`)}${cell(s.title)}${cell(s.fault)}${cell(
          s.forecast ? `${ms(s.forecast.interval[0])}–${ms(s.forecast.interval[1])}` : 'none',
        )}${cell(ms(s.beforeMs))}${cell(ms(s.afterMs))}${cell(s.forecast ? (s.inside ? 'inside' : 'outside') : '–')}</tr>`,
    )
    .join('\n');
  const stages = [story.healthy, ...story.stages]
    .map(
      (s) =>
        `<tr>${cell(s.title)}${cell(`${s.perSecond}/s`)}${cell(ms(s.p99Ms))}${cell(percent(s.errors, 2))}${cell(
          percent(s.hitRatio),
        )}${cell(s.connections)}${cell(s.processorSeconds.toFixed(2))}</tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>NovaPay: found, forecast, mended, measured</title>
<style>
:root{color-scheme:light dark;--text:#1d1f22;--back:#fff;--quiet:#5b6068;--bad:#b4531b;--mended:#12706a;--calm:#8a9099;--line:#d5d8dc}
@media(prefers-color-scheme:dark){:root{--text:#e8e9eb;--back:#16181b;--quiet:#a3a9b2;--bad:#e58a52;--mended:#4fb3aa;--calm:#767c85;--line:#3a3e45}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:900px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
svg{width:100%;height:auto;font-size:14px}svg text{fill:var(--text);font-variant-numeric:tabular-nums}svg .quiet{fill:var(--quiet)}
.bad{fill:var(--bad)}.mended{fill:var(--mended)}.calm{fill:var(--calm)}
.target{stroke:var(--text);stroke-dasharray:5 4}.forecast{stroke:var(--text);stroke-width:2;fill:none}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--quiet)}
</style>
<h1>${ok ? 'The target is met' : 'The target is not met'}: p99 ${ms(incident.p99Ms)} → ${ms(final.p99Ms)} at 4/3 of the load</h1>
<p>The p99 of all requests may be at most ${percent(final.p99Ms / incident.p99Ms <= 1 ? 700 / 1800 : 700 / 1800)} of the incident’s: ${ms(story.targetMs)}. ${
    met.p99 ? 'It is.' : 'It is not.'
  } Errors ${percent(final.errors, 2)} (below 0.5 %: ${met.errors ? 'yes' : 'no'}). Processor time ${incident.processorSeconds.toFixed(2)} → ${final.processorSeconds.toFixed(2)} seconds a second (at most 15 % more: ${met.processor ? 'yes' : 'no'}).</p>
<h2>Each remedy brought the p99 down</h2>
<p>Bars: p99 of all requests as the load generator saw it. Brackets: the 80 % interval that was forecast before the remedy was made, for the slowed operation, in proportion to its p99 before.</p>
${chart(story)}
<h2>What was found first</h2>
<ul>${story.causes.map((c) => `<li>${escaped(c)}</li>`).join('')}</ul>
<h2>What was done, in the recommended order</h2>
<div class="wide"><table><thead><tr><th>#</th><th>Remedy</th><th>Fault it met</th><th>Forecast p99</th><th>Before</th><th>After</th><th>Forecast</th></tr></thead><tbody>
${steps}
</tbody></table></div>
<h2>What was measured</h2>
<div class="wide"><table><thead><tr><th>Stage</th><th>Requests</th><th>p99</th><th>Errors</th><th>Cache hits</th><th>Connections to the primary</th><th>Processor s/s</th></tr></thead><tbody>
${stages}
</tbody></table></div>
<p>Scale: one machine carries services, stores and load; rates are those it carries. The same seeded requests were sent in every stage but the last, which has more of them.</p>
</html>
`;
}
