import type { Knee } from '../experiments/load/knee.js';
import type { RunDocument, SloCheck } from '../experiments/load/output.js';
import type { LoadSecond } from '../experiments/load/run.js';
import { escapeHtml } from './html/escape.js';
import { STYLE } from './html/style.js';

/** Milliseconds and counts with three significant digits, thousands apart. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3));
  const [whole = '', part] = String(Math.abs(rounded)).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return `${rounded < 0 ? '−' : ''}${spaced}${part ? `.${part}` : ''}`;
}

/** One sentence: what the run says, or why it says nothing. */
export function verdictOf(run: RunDocument, slo: readonly SloCheck[]): string {
  const p99 = run.quantiles.find((q) => q.name === 'p99');
  if (run.verdict === 'invalid') return `Not valid: ${run.reasons[0] ?? 'the generator did not keep up'}.`;
  const missed = slo.find((c) => c.answer === 'missed');
  const untold = slo.find((c) => c.answer === 'untold');
  const load = `${short(run.throughput)} answers a second for ${short(run.durationSeconds)} s`;
  const tail = !p99
    ? 'no answer came'
    : p99.notEstimable
      ? p99.notEstimable
      : `p99 ${short(p99.valueMs)} ms (95 % interval ${short(p99.lowMs)}–${short(p99.highMs)} ms)`;
  const objective = missed
    ? `; ${missed.name} is over its limit of ${withUnit(missed, missed.limit)}`
    : untold
      ? `; whether ${untold.name} is within ${withUnit(untold, untold.limit)} takes a longer run to tell`
      : slo.length > 0
        ? '; the objectives are met'
        : '';
  return `${load}: ${tail}${objective}.`;
}

const withUnit = (c: SloCheck, value: number): string =>
  c.name === 'error ratio' ? `${short(100 * value)} %` : `${short(value)} ms`;

/** What a run says of itself beyond the sentence of its verdict. */
export const furtherReasons = (run: RunDocument): readonly string[] =>
  run.verdict === 'invalid' ? run.reasons.slice(1) : run.reasons;

const ANSWERS = { met: '✓ met', missed: '✗ missed', untold: '– not told by this run' } as const;

/** The report of one run as one HTML file: readable without scripts, offline, light and dark. */
export function loadRunHtml(
  run: RunDocument,
  seconds: readonly LoadSecond[],
  slo: readonly SloCheck[],
): string {
  const rows = [
    ['From the intended start', run.latencyMs],
    ['From sending', run.responseMs],
    ['The generator’s own lateness', run.lagMs],
    ...run.parts.map((p) => [`${p.name} (${p.requests} answers, ${p.errors} errors)`, p.latencyMs] as const),
  ] as const;
  const untold = new Set<string>(run.quantiles.flatMap((q) => (q.notEstimable ? [q.name] : [])));
  const columns = ['mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
  const table = `<div class="table" tabindex="0"><table><caption>Latency, milliseconds</caption><thead><tr><th>What</th>${columns
    .map((c) => `<th class="r">${c === 'p999' ? 'p99.9' : c}</th>`)
    .join('')}</tr></thead><tbody>${rows
    .map(
      ([name, l]) =>
        `<tr><td>${escapeHtml(name)}</td>${columns.map((c) => `<td class="r">${untold.has(c) ? '–' : short(l[c])}</td>`).join('')}</tr>`,
    )
    .join('')}</tbody></table></div>`;
  const objectives =
    slo.length === 0
      ? ''
      : `<h2>Objectives</h2><ul>${slo
          .map(
            (c) =>
              `<li>${ANSWERS[c.answer]}: ${c.name} ${withUnit(c, c.value)}, limit ${withUnit(c, c.limit)}</li>`,
          )
          .join('')}</ul>`;
  const further = furtherReasons(run);
  const reasons =
    further.length === 0 ? '' : `<ul>${further.map((r) => `<li>${escapeHtml(r)}</li>`).join('')}</ul>`;
  const estimates = run.quantiles
    .map((q) =>
      q.notEstimable
        ? `<li>${escapeHtml(q.notEstimable.replace(/^p999 /, 'p99.9 '))}</li>`
        : `<li>${q.name === 'p999' ? 'p99.9' : q.name}: ${short(q.valueMs)} ms, 95 % interval ${short(q.lowMs)}–${short(q.highMs)} ms</li>`,
    )
    .join('');
  return page(
    `Load run: ${run.name}`,
    `<div class="front"><h1>${escapeHtml(run.name)} against <code>${escapeHtml(run.target)}</code></h1>
<p class="verdict">${escapeHtml(verdictOf(run, slo))}</p>
<p>${run.verdict === 'valid' ? 'The run judged itself valid: the generator was on time and sent what was due.' : 'The numbers describe the generator or a part of the load, not the target.'}</p>${reasons}</div>
<section><h2>How long requests took</h2>${table}<ul>${estimates}</ul>
<p class="how">Latency runs from when a request was due, so that a stall counts for every user it would have hit. ${run.due} were due, ${run.sent} were sent, ${run.dropped} were left out; at most ${run.mostInFlight} were in flight.</p></section>
<section>${secondsChart(seconds)}</section>
<section>${objectives}</section>`,
  );
}

/** The answer of a search for the knee, as one sentence. */
export function kneeVerdict(knee: Knee): string {
  const { holds, breaks } = knee;
  const why = knee.steps.find((s) => s.answer === 'breaks')?.why;
  if (knee.ended === 'generator at its limit')
    return `The generator reached its limit first${holds === undefined ? '' : `: ${short(holds)} requests a second hold`} (${why ?? ''}). Run from more machines for more.`;
  if (holds === undefined)
    return breaks === undefined
      ? 'No rate surely held, and none surely broke: take longer steps.'
      : `No rate surely held, down to ${short(knee.steps[0]?.rate)} a second; ${short(breaks)} surely does not: ${why ?? ''}.`;
  if (breaks === undefined) return `${short(holds)} requests a second hold; no higher rate was asked for.`;
  return `${short(holds)} requests a second hold, ${short(breaks)} do not: ${why ?? ''}.${between(knee)}`;
}

/** Rates tried between the two of which nothing sure can be said. */
function between({ steps, holds = 0, breaks = 0 }: Knee): string {
  const unsure = steps.filter((s) => s.rate > holds && s.rate < breaks).length;
  return unsure === 0
    ? ''
    : ` Between them ${unsure === 1 ? 'one rate was' : `${unsure} rates were`} too near to the objective to tell; longer steps (--step) narrow the gap.`;
}

/** What the fitted curve says beyond the steps, or why there is none. */
export function curveSentence({ curve }: Knee): string {
  if (!curve) return 'Too few steps for a curve: no capacity can be read off it.';
  const { capacityPerSecond: c, kneePerSecond: k, model } = curve;
  if (!Number.isFinite(c.value)) return `No limit shows in the steps (${model}): try higher rates.`;
  return `Capacity near ${short(c.value)} requests a second (${short(c.low)}–${short(c.high)}), waiting sets in at ${short(k.value)} (${short(k.low)}–${short(k.high)}), by the model that fits best: ${model}.${firstFull(curve.limits)}`;
}

/** Which of what was watched fills up first. */
function firstFull(limits: NonNullable<Knee['curve']>['limits']): string {
  const [first, next] = limits ?? [];
  if (!first) return '';
  return ` Of what was watched, ${first.name} is full first, at ${short(first.fullAt)} a second (${short(first.demandMs)} ms of it a request)${next ? `, then ${next.name} at ${short(next.fullAt)}` : ''}.`;
}

/** The report of a search for the knee. */
export function kneeHtml(name: string, target: string, knee: Knee): string {
  const top = Math.max(...knee.steps.map((s) => s.p99Ms), 1);
  const rows = knee.steps
    .map(
      (s) =>
        `<div class="bar-row"><span class="bar-label">${short(s.rate)} /s ${s.answer === 'holds' ? '' : `<b>${s.answer}</b>`}</span><span class="marks"><svg aria-hidden="true" focusable="false"><rect class="${s.answer === 'breaks' ? 'm-excess' : 'm-before'}" x="0" width="${((s.p99Ms / top) * 100).toFixed(2)}%" y="50%" height="14" transform="translate(0,-7)"/></svg></span><span class="bar-value">${short(s.p99Ms)} ms</span></div>`,
    )
    .join('');
  const curve = `<p>${escapeHtml(curveSentence(knee))}</p>`;
  return page(
    `Knee: ${name}`,
    `<div class="front"><h1>${escapeHtml(name)} against <code>${escapeHtml(target)}</code></h1><p class="verdict">${escapeHtml(kneeVerdict(knee))}</p>${curve}</div>
<section><figure><figcaption><h2>${turnOf(knee)}</h2></figcaption><p class="how">A bar reaches to the p99 of one step, from the intended start.</p><div class="plot">${rows}</div>
<details class="data"><summary>Data</summary><div class="table"><table><thead><tr><th>Rate</th><th class="r">Answers/s</th><th class="r">p50 ms</th><th class="r">p99 ms</th><th class="r">Errors</th><th>Said</th></tr></thead><tbody>${knee.steps
      .map(
        (s) =>
          `<tr><td>${short(s.rate)}</td><td class="r">${short(s.throughput)}</td><td class="r">${short(s.p50Ms)}</td><td class="r">${short(s.p99Ms)}</td><td class="r">${short(s.errorRatio * 100)} %</td><td>${escapeHtml(s.why ?? 'holds')}</td></tr>`,
      )
      .join('')}</tbody></table></div></details></figure></section>`,
  );
}

const turnOf = ({ holds, breaks }: Knee): string =>
  holds !== undefined && breaks !== undefined
    ? `p99 turns up between ${short(holds)} and ${short(breaks)} requests a second`
    : holds === undefined
      ? 'No rate surely held'
      : 'p99 stays within its limit at every rate tried';

/** 1st, 2nd, 3rd, 11th, 21st. */
function ordinal(n: number): string {
  const ending = Math.floor(n / 10) % 10 === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

const WIDTH = 1000;
const HEIGHT = 160;

/** p99 of each second as bars on a logarithmic scale, with the data as a table. */
function secondsChart(seconds: readonly LoadSecond[]): string {
  const answered = seconds.filter((s) => s.p99Ms !== undefined);
  if (answered.length === 0) return '<p>No answer came.</p>';
  const worst = answered.reduce((a, b) => ((b.p99Ms ?? 0) > (a.p99Ms ?? 0) ? b : a));
  const logs = answered.map((s) => Math.log10(Math.max(0.1, s.p99Ms ?? 0.1)));
  const low = Math.floor(Math.min(...logs));
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  const width = WIDTH / seconds.length;
  const bars = answered
    .map((s, i) => {
      const share = Math.max(0.01, ((logs[i] as number) - low) / (high - low));
      const h = share * HEIGHT;
      return `<rect class="${s.errors > 0 ? 'm-excess' : 'm-before'}" x="${(s.second * width).toFixed(1)}" y="${(HEIGHT - h).toFixed(1)}" width="${Math.max(0.5, width - 1).toFixed(1)}" height="${h.toFixed(1)}"/>`;
    })
    .join('');
  const lines = Array.from({ length: high - low + 1 }, (_, k) => {
    const y = HEIGHT - (k / (high - low)) * HEIGHT;
    return `<line class="hair" x1="0" x2="${WIDTH}" y1="${y}" y2="${y}"/><text x="${WIDTH - 4}" y="${y - 4}" text-anchor="end">${short(10 ** (low + k))} ms</text>`;
  }).join('');
  const label = `p99 by second, worst ${short(worst.p99Ms)} ms in second ${worst.second}`;
  return `<figure><figcaption><h2>The worst second is the ${ordinal(worst.second + 1)}: p99 ${short(worst.p99Ms)} ms</h2></figcaption><p class="how">One bar a second, by when answers came, on a logarithmic scale; seconds with errors in the second colour.</p>
<div class="plot"><svg role="img" aria-label="${label}" viewBox="0 -14 ${WIDTH} ${HEIGHT + 16}" style="width:100%;height:auto">${lines}${bars}</svg></div>
<details class="data"><summary>Data</summary><div class="table"><table><thead><tr><th>Second</th><th class="r">Due</th><th class="r">Answers</th><th class="r">Errors</th><th class="r">In flight</th><th class="r">p50 ms</th><th class="r">p99 ms</th><th class="r">Own lag p99 ms</th></tr></thead><tbody>${seconds
    .map(
      (s) =>
        `<tr><td>${s.second}</td><td class="r">${s.due}</td><td class="r">${s.answers}</td><td class="r">${s.errors}</td><td class="r">${s.inFlight}</td><td class="r">${short(s.p50Ms)}</td><td class="r">${short(s.p99Ms)}</td><td class="r">${short(s.lagP99Ms)}</td></tr>`,
    )
    .join('')}</tbody></table></div></details></figure>`;
}

export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><div class="page"><header class="top"><b>Kneepoint</b></header><main>${body}</main></div></body></html>
`;
