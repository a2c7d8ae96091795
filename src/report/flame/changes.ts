import { escapeHtml } from '../html/escape.js';
import { share } from './svg.js';

export type State = 'slower' | 'faster' | 'new' | 'vanished' | 'same';

/** One function of a comparison; shares are of its own samples. */
export interface ChangedFunction {
  name: string;
  file: string;
  before: number;
  after: number;
  ratio: number;
  state: State;
}

const MOST_ROWS = 200;

/** What changed, in one sentence without its full stop. */
export function changeVerdict(changed: readonly ChangedFunction[]): string {
  const first = changed[0];
  if (!first) return 'No function takes another share than before';
  const others = changed.length - 1;
  return `${first.name} itself takes ${share(first.after)} of the samples instead of ${share(first.before)}${others > 0 ? `; ${others} other ${others === 1 ? 'function' : 'functions'} changed too` : ''}`;
}

export function changesTable(changes: readonly ChangedFunction[]): string {
  if (changes.length === 0) return '';
  const rows = changes
    .slice(0, MOST_ROWS)
    .map(
      (c) =>
        `<tr><td><code>${escapeHtml(c.name)}</code></td><td>${c.state}</td><td class="r">${share(c.before)}</td><td class="r">${share(c.after)}</td><td class="r">${Number.isFinite(c.ratio) ? `${c.ratio.toPrecision(3)}×` : 'new'}</td></tr>`,
    );
  return `<section><h2>Functions that changed</h2><div class="table" tabindex="0"><table><thead><tr><th>Function</th><th>State</th><th class="r">Own share before</th><th class="r">after</th><th class="r">after ÷ before</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** How the script colours each name: 1 for more, 2 for less, 0 for what is as before or may be chance. */
export const stateNumbers = (names: readonly string[], states: ReadonlyMap<string, State>): number[] =>
  names.map((n) => {
    const state = states.get(n) ?? 'same';
    return state === 'slower' || state === 'new' ? 1 : state === 'faster' ? 2 : 0;
  });
