import type { Profile } from '../../domain/index.js';
import type { OwnSamples } from '../../facts/profiles/compare.js';
import { functionsOf, sumOf } from '../../models/call-tree.js';
import { escapeHtml } from '../html/escape.js';
import { type ChangedFunction, changesTable, changeVerdict, type State, stateNumbers } from './changes.js';
import { type FlameData, functionText, keptOf } from './data.js';
import { framed, ICICLE, ONLY_CHANGED, walkable } from './frame.js';
import { type FlameGraph, flameGraph } from './graph.js';
import { subsecondHeat } from './heat.js';
import { flameSvg, share } from './svg.js';
import { timeOrder } from './timeline.js';

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
  changes?: readonly ChangedFunction[];
  /** Kept in the page, so that it can be compared with another one later. */
  own?: OwnSamples;
}

const MOST_FUNCTIONS = 200;

/** One page with everything inside: verdict, causes, drawing, functions. Readable and whole without scripts. */
export function flamePage(page: FlamePage): string {
  const { profile, sampleType } = page;
  const graph = flameGraph(profile, sampleType, page);
  const states = page.changes
    ? new Map(page.changes.map((c) => [functionText(c.name, c.file), c.state]))
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
  return framed({
    title: page.title,
    about: counted(profile, sampleType),
    main: `<div class="front"><h1>What the samples were spent on</h1><p class="verdict">${escapeHtml(verdict)}.</p>${first && !page.changes && first.place !== '' ? `<p class="how">At <code>${escapeHtml(first.place)}</code>${first.line ? `: <code>${escapeHtml(first.line)}</code>` : ''}. ${escapeHtml(first.advice)}</p>` : ''}${page.notes.length > 0 ? `<ul>${page.notes.map((n) => `<li>${escapeHtml(n)}</li>`).join('')}</ul>` : ''}</div>
${changed ? changesTable(changed) : ''}
${walkable(svg, `${ICICLE} ${states ? ONLY_CHANGED : 'Warm bars belong to the first cause, blue ones to the others, grey ones to several or none.'}`)}
${heat ? `<section><h2>Work within each second</h2><p class="how">A column is a second, its rows fiftieths of it from below; the darker, the more samples at work. Gaps are waits.</p>${heat}</section>` : ''}
<section id="causes"><h2>Causes in order</h2>${causesTable(page)}</section>
<section><h2>Functions</h2>${functionsTable(profile, sampleType)}</section>
`,
    footer: `Shares are of samples at work; intervals are 95 % (Wilson). ${graph.left > 0 ? 'The smallest frames were added to their callers.' : ''}`,
    data: dataOf(graph, page, states),
  });
}

function causeVerdict(first: FlamePage['causes'][number] | undefined): string {
  return first
    ? `${first.title}: ${share(first.share)} of the samples at work (${interval(first.interval)})`
    : 'No cause stands out';
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
  { profile, sampleType, own }: FlamePage,
  states: ReadonlyMap<string, State> | undefined,
): FlameData {
  const ids = new Map(graph.names.map((n, i) => [n, i]));
  const names = [...graph.names];
  const idOf = (text: string): number => {
    let id = ids.get(text);
    if (id === undefined) {
      id = names.length;
      ids.set(text, id);
      names.push(text);
    }
    return id;
  };
  const time = timeOrder(profile, (frame) =>
    idOf(functionText(profile.frames.name(frame), profile.frames.file(frame))),
  );
  const kept = own && keptOf(own, profile.sampleTypes[sampleType], idOf);
  return {
    names,
    parent: graph.parent,
    name: graph.name,
    self: graph.self,
    cause: graph.cause,
    causes: graph.causes,
    ...(time ? { time } : {}),
    ...(states ? { states: stateNumbers(names, states) } : {}),
    ...(kept ? { own: kept } : {}),
  };
}

function causesTable(page: FlamePage): string {
  if (page.causes.length === 0) return '<p>None.</p>';
  const rows = page.causes.map(
    (c) =>
      `<tr><td data-label="Cause">${escapeHtml(c.title)}</td><td class="r" data-label="Share">${share(c.share)}</td><td class="r" data-label="95 %">${interval(c.interval)}</td><td class="long" data-label="Where">${c.place === '' ? '' : `<code>${escapeHtml(c.place)}</code>`}</td><td class="long" data-label="Told by">${escapeHtml(c.matched)}</td><td class="long" data-label="What to do">${escapeHtml(c.advice)}</td><td class="long" data-label="Refuted if">${escapeHtml(c.refutedIf)}</td></tr>`,
  );
  return `<div class="table" tabindex="0"><table class="prose"><thead><tr><th>Cause</th><th class="r">Share</th><th class="r">95 %</th><th>Where</th><th>Told by</th><th>What to do</th><th>Refuted if</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
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
