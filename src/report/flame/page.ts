import type { Profile } from '../../domain/index.js';
import { functionsOf, sumOf } from '../../models/call-tree.js';
import { escapeHtml } from '../html/escape.js';
import { STYLE } from '../html/style.js';
import { type FlameGraph, flameGraph } from './graph.js';
import { subsecondHeat } from './heat.js';
import { FLAME_SCRIPT } from './script.js';
import { flameSvg, share } from './svg.js';
import { timeOrder } from './timeline.js';

type State = 'slower' | 'faster' | 'new' | 'vanished' | 'same';

/** What the page tells, in words that are ready to be shown. */
export interface FlamePage {
  title: string;
  profile: Profile;
  sampleType: number;
  causes: readonly {
    cause: string;
    title: string;
    share: number;
    interval: readonly [number, number];
    matched: string;
    place: string;
    line: string | undefined;
    advice: string;
    refutedIf: string;
  }[];
  causeOfNode: ReadonlyMap<number, string>;
  /** One sentence each. */
  notes: readonly string[];
  /** Functions of a comparison, by name and file. */
  changes?: readonly {
    name: string;
    file: string;
    before: number;
    after: number;
    ratio: number;
    state: State;
  }[];
}

const MOST_FUNCTIONS = 200;

/** One page with everything inside: verdict, causes, drawing, functions. Readable and whole without scripts. */
export function flamePage(page: FlamePage): string {
  const { profile, sampleType } = page;
  const graph = flameGraph(profile, sampleType, page);
  const states = page.changes
    ? new Map(page.changes.map((c) => [c.file === '' ? c.name : `${c.name}\n${c.file}`, c.state]))
    : undefined;
  const svg = flameSvg(graph, {
    title: `Flame graph of ${page.title}`,
    standalone: false,
    ...(states ? { states } : {}),
  });
  const heat = subsecondHeat(profile);
  const first = page.causes[0];
  const changed = page.changes?.filter((c) => c.state !== 'same');
  const verdict = page.changes ? changeVerdict(changed ?? []) : causeVerdict(first);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(page.title)} · profile</title><style>${STYLE}
${FLAME_STYLE}</style></head><body><a class="skip" href="#causes">To the causes</a><div class="page"><header class="top"><b>Kneepoint</b><span>profile</span><span><code>${escapeHtml(page.title)}</code></span><span>${escapeHtml(counted(profile, sampleType))}</span></header>
<main><div class="front"><h1>What the samples were spent on</h1><p class="verdict">${escapeHtml(verdict)}.</p>${first && !page.changes && first.place !== '' ? `<p class="how">At <code>${escapeHtml(first.place)}</code>${first.line ? `: <code>${escapeHtml(first.line)}</code>` : ''}. ${escapeHtml(first.advice)}</p>` : ''}${page.notes.length > 0 ? `<ul>${page.notes.map((n) => `<li>${escapeHtml(n)}</li>`).join('')}</ul>` : ''}</div>
${changed ? changesTable(changed) : ''}
<section><h2>Where the time goes</h2><p class="how">A bar is a function, as wide as its share with all it calls; what it calls is below it (an icicle). ${states ? 'Only functions whose share changed beyond chance are coloured: warm for more, green for less.' : 'Warm bars belong to the first cause, blue ones to the others, grey ones to several or none.'}</p>
<div id="tools" class="tools" hidden><label>Search <input id="find" type="search"></label> <span id="found" role="status"></span><button id="reset" type="button">Whole</button><button id="order" type="button" aria-pressed="false">Order of time</button><button id="turn" type="button" aria-pressed="false">Flame: root below</button><button id="sandwich" type="button" aria-pressed="false">Sandwich: callers and callees</button></div>
<p id="say" class="say" aria-live="polite">&nbsp;</p><div id="still" class="still">${svg}</div><div id="live" hidden></div></section>
${heat ? `<section><h2>Work within each second</h2><p class="how">A column is a second, its rows fiftieths of it from below; the darker, the more samples at work. Gaps are waits.</p>${heat}</section>` : ''}
<section id="causes"><h2>Causes in order</h2>${causesTable(page)}</section>
<section><h2>Functions</h2>${functionsTable(profile, sampleType)}</section>
</main><footer>Shares are of samples at work; intervals are 95 % (Wilson). ${graph.left > 0 ? 'The smallest frames were added to their callers.' : ''}</footer></div>
<script type="application/json" id="flame-data">${jsonInHtml(dataOf(graph, profile, states))}</script><script>${FLAME_SCRIPT}</script></body></html>
`;
}

function causeVerdict(first: FlamePage['causes'][number] | undefined): string {
  return first
    ? `${first.title}: ${share(first.share)} of the samples at work (${interval(first.interval)})`
    : 'No cause stands out';
}

function changeVerdict(changed: NonNullable<FlamePage['changes']>): string {
  const first = changed[0];
  if (!first) return 'No function takes another share than before';
  const others = changed.length - 1;
  return `${first.name} itself takes ${share(first.after)} of the samples instead of ${share(first.before)}${others > 0 ? `; ${others} other ${others === 1 ? 'function' : 'functions'} changed too` : ''}`;
}

const interval = ([low, high]: readonly [number, number]): string =>
  `${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)}\u202f%`;

function counted(profile: Profile, sampleType: number): string {
  const seconds = (profile.durationNs ?? 0) / 1e9;
  const type = profile.sampleTypes[sampleType];
  return `${profile.samples.toFixed(0)} samples${seconds > 0 ? ` over ${seconds.toPrecision(3)} s` : ''}, ${type?.name ?? ''} in ${type?.unit ?? ''}, ${profile.runtime}`;
}

function dataOf(
  graph: FlameGraph,
  profile: Profile,
  states: ReadonlyMap<string, State> | undefined,
): Record<string, unknown> {
  const ids = new Map(graph.names.map((n, i) => [n, i]));
  const names = [...graph.names];
  const nameOf = (frame: number): number => {
    const file = profile.frames.file(frame);
    const text = file === '' ? profile.frames.name(frame) : `${profile.frames.name(frame)}\n${file}`;
    let id = ids.get(text);
    if (id === undefined) {
      id = names.length;
      ids.set(text, id);
      names.push(text);
    }
    return id;
  };
  const time = timeOrder(profile, nameOf);
  return {
    names,
    parent: graph.parent,
    name: graph.name,
    self: graph.self,
    cause: graph.cause,
    causes: graph.causes,
    ...(time ? { time } : {}),
    ...(states
      ? {
          states: names.map((n) => {
            const state = states.get(n) ?? 'same';
            return state === 'slower' || state === 'new' ? 1 : state === 'faster' ? 2 : 0;
          }),
        }
      : {}),
  };
}

/** JSON that cannot end its script element. */
const jsonInHtml = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

function causesTable(page: FlamePage): string {
  if (page.causes.length === 0) return '<p>None.</p>';
  const rows = page.causes.map(
    (c) =>
      `<tr><td data-label="Cause">${escapeHtml(c.title)}</td><td class="r" data-label="Share">${share(c.share)}</td><td class="r" data-label="95 %">${interval(c.interval)}</td><td class="long" data-label="Where">${c.place === '' ? '' : `<code>${escapeHtml(c.place)}</code>`}</td><td class="long" data-label="Told by">${escapeHtml(c.matched)}</td><td class="long" data-label="What to do">${escapeHtml(c.advice)}</td><td class="long" data-label="Refuted if">${escapeHtml(c.refutedIf)}</td></tr>`,
  );
  return `<div class="table" tabindex="0"><table class="prose"><thead><tr><th>Cause</th><th class="r">Share</th><th class="r">95 %</th><th>Where</th><th>Told by</th><th>What to do</th><th>Refuted if</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function changesTable(changes: NonNullable<FlamePage['changes']>): string {
  if (changes.length === 0) return '';
  const rows = changes
    .slice(0, MOST_FUNCTIONS)
    .map(
      (c) =>
        `<tr><td><code>${escapeHtml(c.name)}</code></td><td>${c.state}</td><td class="r">${share(c.before)}</td><td class="r">${share(c.after)}</td><td class="r">${Number.isFinite(c.ratio) ? `${c.ratio.toPrecision(3)}×` : 'new'}</td></tr>`,
    );
  return `<section><h2>Functions that changed</h2><div class="table" tabindex="0"><table><thead><tr><th>Function</th><th>State</th><th class="r">Own share before</th><th class="r">after</th><th class="r">after ÷ before</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function functionsTable(profile: Profile, sampleType: number): string {
  const whole = sumOf(profile.tree, sampleType) || 1;
  const rows = functionsOf(profile.tree, profile.frames, sampleType)
    .slice(0, MOST_FUNCTIONS)
    .map(
      (f) =>
        `<tr><td><code>${escapeHtml(f.name)}</code></td><td><code>${escapeHtml(f.file)}</code></td><td class="r">${share(f.self / whole)}</td><td class="r">${share(f.total / whole)}</td></tr>`,
    );
  return `<details class="data"><summary>The ${rows.length} heaviest functions as a table</summary><div class="table" tabindex="0"><table><thead><tr><th>Function</th><th>File</th><th class="r">Itself</th><th class="r">With what it calls</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}

export const FLAME_STYLE = `
:root{--f-plain:#dcd8cf;--f-first:#e9a57c;--f-other:#b9cfe8;--f-faster:#8fcdc2;--f-hit:#e7d36a}
@media (prefers-color-scheme:dark){:root{--f-plain:#3a3f47;--f-first:#8f4a20;--f-other:#2f4f7a;--f-faster:#1f6a5e;--f-hit:#7a6a12}}
main{display:block!important}.page{max-width:84rem}
.still{overflow-x:auto}.flame{width:100%;min-width:700px;font:11px ui-monospace,Menlo,Consolas,monospace}
.flame rect{stroke:var(--paper);stroke-width:1}.flame text{fill:var(--ink);font-size:11px;pointer-events:none}
.f-plain{fill:var(--f-plain)}.f-first,.f-slower{fill:var(--f-first)}.f-other{fill:var(--f-other)}.f-faster{fill:var(--f-faster)}
.heat{width:100%;height:150px;background:var(--sunk)}.heat .h{fill:var(--excess)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem .7rem;align-items:center;font-size:.88rem;margin:.6rem 0 .2rem}
.tools input{font:inherit;color:var(--ink);background:var(--raised);border:1px solid var(--strong-line);border-radius:5px;padding:.25rem .5rem}
.tools button{font:inherit;color:var(--ink);background:var(--raised);border:1px solid var(--strong-line);border-radius:5px;padding:.25rem .7rem;cursor:pointer}
.tools button[aria-pressed=true]{background:var(--mark)}
.say{font-size:.88rem;color:var(--muted);min-height:1.6em;max-width:none;margin:.2rem 0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
#live canvas{display:block}#live{overflow-x:hidden}`;
