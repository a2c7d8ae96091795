import type { Comparison } from '../../facts/profiles/compare.js';
import { escapeHtml } from '../html/escape.js';
import { changesTable, changeVerdict, stateNumbers } from './changes.js';
import { type FlameData, functionText } from './data.js';
import { framed, ICICLE, ONLY_CHANGED, walkable } from './frame.js';
import { flameSvg } from './svg.js';

export interface DifferencePage {
  /** Titles of the two profiles. */
  before: string;
  after: string;
  comparison: Comparison;
  /** The graph of the profile after, as its page holds it. */
  data: FlameData;
}

/** The flame graph of the profile after; colour only where a function's own share changed beyond chance. */
export function differencePage({ before, after, comparison, data }: DifferencePage): string {
  const changed = comparison.functions.filter((f) => f.state !== 'same');
  const states = new Map(changed.map((f) => [functionText(f.name, f.file), f.state]));
  const title = `${after} against ${before}`;
  const svg = flameSvg(data, { title: `Flame graph of ${title}`, standalone: false, states });
  const { own: _, ...drawn } = data;
  return framed({
    title,
    about: `${count(comparison.samples.before)} samples before, ${count(comparison.samples.after)} after`,
    main: `<div class="front"><h1>What changed</h1><p class="verdict">${escapeHtml(changeVerdict(changed))}.</p></div>
${walkable(svg, `${ICICLE} ${ONLY_CHANGED}`)}
<div id="causes">${changesTable(changed)}</div>`,
    footer: howSure(comparison),
    data: { ...drawn, states: stateNumbers(data.names, states) },
  });
}

const count = (samples: number): string => samples.toFixed(0);

/** What would have been found, and what was not sure enough to be called a change. */
export function howSure({ tested, suspected, leastDetectable, falseDiscoveryRate }: Comparison): string {
  const seen = Number.isFinite(leastDetectable)
    ? `In a function with 5 % of the samples, a growth by a factor of ${leastDetectable.toPrecision(2)} would have been found in four of five comparisons.`
    : 'There are too few samples to find a change.';
  return `${tested} functions had samples enough to be tested. ${suspected === 0 ? '' : `${suspected} more may have changed, within a false-discovery rate of ${falseDiscoveryRate}; of several such some are chance, and they are not coloured. `}${seen}`;
}
