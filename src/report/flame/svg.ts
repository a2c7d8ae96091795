import { escapeHtml } from '../html/escape.js';
import { type Bar, barsOf, type Drawn } from './graph.js';

const WIDTH = 1200;
const ROW = 18;
/** Bars narrower than a pixel tell nothing. */
const LEAST = 1 / WIDTH;
const MOST_BARS = 4000;
const CHARACTER = 6.6;

export interface SvgOptions {
  /** State of a function in a comparison, by its name as the graph has it. */
  states?: ReadonlyMap<string, 'slower' | 'faster' | 'new' | 'vanished' | 'same'>;
  title: string;
  /** Colours of its own, for a file that stands alone. */
  standalone: boolean;
}

/** The graph as one drawing, callers above. Each bar's title says its name and share. */
export function flameSvg(graph: Drawn, options: SvgOptions): string {
  const bars = barsOf(graph, LEAST, MOST_BARS);
  const rows = bars.reduce((most, b) => Math.max(most, b.depth), 0) + 1;
  const height = rows * ROW + 2;
  const style = options.standalone ? `<style>${SVG_STYLE}</style>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" class="flame" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(options.title)}"><title>${escapeHtml(options.title)}</title>${style}${bars.map((b) => bar(graph, b, options)).join('')}</svg>`;
}

function bar(graph: Drawn, b: Bar, options: SvgOptions): string {
  const full = graph.names[graph.name[b.node] as number] ?? '';
  const [name = '', file] = full.split('\n');
  const x = round(b.x * WIDTH);
  const width = round(b.width * WIDTH);
  const room = Math.floor((width - 6) / CHARACTER);
  const shown = name.length <= room ? name : room >= 3 ? `${name.slice(0, room - 1)}…` : '';
  const text = shown === '' ? '' : `<text x="${x + 3}" y="${b.depth * ROW + 13}">${escapeHtml(shown)}</text>`;
  const title = `${name}${file ? ` (${file})` : ''}: ${share(b.width)}`;
  return `<g><title>${escapeHtml(title)}</title><rect class="${classOf(graph, b.node, full, options)}" x="${x}" y="${b.depth * ROW + 1}" width="${width}" height="${ROW - 1}"/>${text}</g>`;
}

/** How a bar is coloured: by its change where two profiles are compared, else by its cause. */
function classOf(graph: Drawn, node: number, full: string, options: SvgOptions): string {
  if (options.states) {
    const state = options.states.get(full) ?? 'same';
    return state === 'slower' || state === 'new' ? 'f-slower' : state === 'faster' ? 'f-faster' : 'f-plain';
  }
  const cause = graph.cause[node] ?? -1;
  return cause < 0 ? 'f-plain' : cause === 0 ? 'f-first' : 'f-other';
}

const round = (x: number): number => Math.round(x * 100) / 100;
export const share = (x: number): string =>
  `${x >= 0.1 ? (x * 100).toFixed(0) : x >= 0.01 ? (x * 100).toFixed(1) : (x * 100).toFixed(2)}\u202f%`;

const SVG_STYLE = `svg{background:#fdfcfa;font:11px ui-monospace,Menlo,Consolas,monospace}rect{stroke:#fdfcfa;stroke-width:1}text{fill:#1c2027;pointer-events:none}
.f-plain{fill:#dcd8cf}.f-first,.f-slower{fill:#e9a57c}.f-other{fill:#b9cfe8}.f-faster{fill:#8fcdc2}
@media (prefers-color-scheme:dark){svg{background:#14161a}rect{stroke:#14161a}text{fill:#e8e6e1}.f-plain{fill:#3a3f47}.f-first,.f-slower{fill:#8f4a20}.f-other{fill:#2f4f7a}.f-faster{fill:#1f6a5e}}`;
