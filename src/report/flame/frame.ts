import { escapeHtml } from '../html/escape.js';
import { STYLE } from '../html/style.js';
import { FLAME_SCRIPT } from './script.js';

/** What stands around the drawing of a page of its own. HTML that is ready, but for the title and the header's words. */
export interface Frame {
  title: string;
  /** Words of the header, after the title. */
  about: string;
  main: string;
  footer: string;
  /** What the script draws from. */
  data: unknown;
}

/** One page with everything inside: style, drawing, data, script. */
export const framed = ({ title, about, main, footer, data }: Frame): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)} · profile</title><style>${STYLE}
${FLAME_STYLE}</style></head><body><a class="skip" href="#causes">To the causes</a><div class="page"><header class="top"><b>Kneepoint</b><span>profile</span><span><code>${escapeHtml(title)}</code></span><span>${escapeHtml(about)}</span></header>
<main>${main}</main><footer>${footer}</footer></div>
<script type="application/json" id="flame-data">${jsonInHtml(data)}</script><script>${FLAME_SCRIPT}</script></body></html>
`;

/** The drawing with its tools; `how` is HTML that says how it is read. */
export const walkable = (svg: string, how: string): string =>
  `<section><h2>Where the time goes</h2><p class="how">${how}</p>
<div id="tools" class="tools" hidden><label>Search <input id="find" type="search"></label> <span id="found" role="status"></span><button id="reset" type="button">Whole</button><button id="order" type="button" aria-pressed="false">Order of time</button><button id="turn" type="button" aria-pressed="false">Flame: root below</button><button id="sandwich" type="button" aria-pressed="false">Sandwich: callers and callees</button></div>
<p id="say" class="say" aria-live="polite">&nbsp;</p><div id="still" class="still">${svg}</div><div id="live" hidden></div></section>`;

export const ICICLE =
  'A bar is a function, as wide as its share with all it calls; what it calls is below it (an icicle).';
export const ONLY_CHANGED =
  'Only functions whose share changed beyond chance are coloured: warm for more, green for less.';

/** JSON that cannot end its script element. */
const jsonInHtml = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

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
