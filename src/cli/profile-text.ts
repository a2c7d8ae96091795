import type { Profile } from '../domain/index.js';
import type { Comparison } from '../facts/profiles/compare.js';
import type { Interpretation, ProfileCause } from '../facts/profiles/interpret.js';
import type { MemoryGrowth } from '../facts/profiles/memory-growth.js';
import type { RequestCost } from '../facts/profiles/request-cost.js';
import { functionsOf, sumOf } from '../models/call-tree.js';
import { amdahl, type Estimate } from '../models/request-cost.js';

const MOST_CAUSES = 5;
const MOST_FUNCTIONS = 8;
/** A cause with less is not worth a line. */
const LEAST_SHARE = 0.02;

/** What is printed of one profile on the terminal. Names come from files: control characters are taken out. */
export function profileText(
  told: {
    file: string;
    title: string;
    profile: Profile;
    seen: Interpretation;
    comparison: Comparison | undefined;
    cost?: RequestCost | undefined;
    growth?: MemoryGrowth | undefined;
  },
  options: { source: readonly string[]; html?: string; svg?: string },
): string {
  const { profile, seen, comparison } = told;
  const type = profile.sampleTypes[seen.sampleType];
  const seconds = (profile.durationNs ?? 0) / 1e9;
  const lines = [
    `${told.file}: ${told.title}, ${profile.runtime}, ${Math.round(profile.samplesByType?.[seen.sampleType] ?? profile.samples)} samples${seconds > 0 ? ` over ${seconds.toPrecision(3)} s` : ''} (${type?.name ?? ''}, ${type?.unit ?? ''})`,
    ...(seen.idleShare > 0.01 ? [`idle in ${percent(seen.idleShare)} of them; shares are of the rest`] : []),
    ...seen.adequacy.notes.map((n) => `note: ${n}`),
    ...profile.notes.map((n) => `note: ${n}`),
    '',
    ...(told.growth ? grown(told.growth) : comparison ? compared(comparison, isMemory(seen)) : []),
    ...causes(seen, options.source.length > 0, profile),
    ...(told.cost ? ['', ...forARequest(told.cost, seen.adequacy.verdict === 'too-few-samples')] : []),
    '',
    'hottest functions (itself, with what it calls)',
    ...hottest(profile, seen.sampleType),
    ...byLabel(profile),
    ...otherTypes(profile, seen.sampleType),
    ...(options.html ? ['', `flame graph: ${options.html}`] : []),
    ...(options.svg ? [`drawing: ${options.svg}`] : []),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function causes(seen: Interpretation, hasSource: boolean, profile: Profile): string[] {
  const shown = seen.causes.filter((c) => c.share >= LEAST_SHARE).slice(0, MOST_CAUSES);
  if (seen.adequacy.verdict === 'idle') return ['no cause: the program waited'];
  if (seen.adequacy.verdict === 'too-few-samples') return ['cannot tell: too few samples'];
  if (shown.length === 0) return ['no cause stands out'];
  const lines = shown.flatMap((c, i) => causeLines(c, i + 1));
  const blind = profile.runtime === 'node' && !hasSource && shown[0]?.kind === 'unnamed';
  return blind
    ? [
        ...lines,
        'give --source FOLDER: the text of hot lines names what has no frame of its own (JSON, patterns, sorting)',
      ]
    : lines;
}

function causeLines(c: ProfileCause, rank: number): string[] {
  const place = c.places[0]?.place;
  const file = place?.file.replace(/^file:\/\//, '') ?? '';
  const where = place
    ? `${place.function}${file === '' ? '' : ` (${file}${place.line > 0 ? `:${place.line}` : ''})`}`
    : '';
  return [
    `${rank}. ${c.title}: ${percent(c.share)} (${percent(c.interval[0])} to ${percent(c.interval[1])}), told by ${c.matched}`,
    ...(where === '' ? [] : [`   at ${where}${partOf(c)}${place?.text ? `: ${place.text}` : ''}`]),
    ...(rank === 1 ? [`   do: ${c.advice}`, `   refuted if: ${c.refutedIf}`] : []),
  ];
}

/** What a request costs, and the most that leaving a cause out can bring. */
function forARequest(cost: RequestCost, few: boolean): string[] {
  return [
    `a request costs ${ms(cost.perRequestMs)} of processor time, if this process served all of them${few ? '' : ':'}`,
    ...(few ? [] : cost.causes)
      .filter((c) => c.cause.share >= LEAST_SHARE)
      .slice(0, MOST_CAUSES)
      .map(({ cause, costMs, wallShare }) => {
        const bound = wallShare
          ? `, ${percent(wallShare.interval[0])} to ${percent(wallShare.interval[1])} of its mean time: gone, the mean is at most ${amdahl(wallShare.interval[1]).toFixed(2)}× faster`
          : '';
        return `   ${ms(costMs)}  ${cause.title}${bound}`;
      }),
    ...(cost.notWall === undefined ? [] : [`note: ${cost.notWall}`]),
  ];
}

const ms = ({ value, interval: [low, high] }: Estimate): string =>
  `${short(value)} ms (${short(low)} to ${short(high)})`;
const short = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

/** Types that grew between two heap snapshots, and what keeps what was added. */
function grown({ before, after, types }: MemoryGrowth): string[] {
  const whole = `objects took ${bytes(before)} → ${bytes(after)}`;
  if (types.length === 0) return [`no type of object grew much: ${whole}`, ''];
  return [
    `${types.length} ${types.length === 1 ? 'type' : 'types'} of object grew; ${whole}`,
    ...types.flatMap((t) => [
      `   ${t.type}: ${bytes(t.bytes.before)} → ${bytes(t.bytes.after)}, ${t.objects.before} → ${t.objects.after} objects`,
      `      kept by ${t.path.join(' → ')} (${percent(t.underOwner)} of the growth)`,
    ]),
    'a leak, if both were taken at equal load after a full collection; else it may be work in hand',
    '',
  ];
}

const bytes = (n: number): string =>
  n >= 1e9
    ? `${(n / 1e9).toPrecision(3)}\u202fGB`
    : n >= 1e6
      ? `${(n / 1e6).toPrecision(3)}\u202fMB`
      : `${(n / 1e3).toPrecision(3)}\u202fkB`;

/** How much of the cause is at its heaviest place, when that is not nearly all. */
const partOf = (c: ProfileCause): string => {
  const part = (c.places[0]?.share ?? 0) / (c.share || 1);
  return part < 0.9 ? `, ${percent(part)} of it` : '';
};

const isMemory = (seen: Interpretation): boolean => seen.family === 'memory' || seen.family === 'allocation';
const MEMORY_WORDS = { slower: 'more', faster: 'less', new: 'new', vanished: 'gone', same: 'same' } as const;

function compared(c: Comparison, memory: boolean): string[] {
  const changed = c.functions.filter((f) => f.state !== 'same');
  const suspected =
    c.suspected === 0
      ? ''
      : `; ${c.suspected} more within a false-discovery rate of ${c.falseDiscoveryRate}, of which some may be chance (--json)`;
  const size = `${c.tested} functions tested${suspected}; a function of 5 % would have shown a growth to ${c.leastDetectable.toFixed(2)}×`;
  const whole = c.total === undefined ? [] : [`whole cost for a request: ${c.total.toFixed(2)}×`];
  if (changed.length === 0) return ['no function changed beyond chance', ...whole, size, ''];
  return [
    `${changed.length} ${changed.length === 1 ? 'function' : 'functions'} changed (own share before → after, ratio against the ${c.normalised === 'work' ? 'work done' : 'typical function'})`,
    ...changed
      .slice(0, 20)
      .map(
        (f) =>
          `   ${(memory ? MEMORY_WORDS[f.state] : f.state).padEnd(8)} ${percent(f.before)} → ${percent(f.after)}${Number.isFinite(f.ratio) ? `, ${f.ratio.toFixed(2)}×` : ''}  ${f.name}${f.file === '' ? '' : ` (${f.file})`}`,
      ),
    ...whole,
    size,
    '',
  ];
}

function hottest(profile: Profile, type: number): string[] {
  const whole = sumOf(profile.tree, type) || 1;
  return functionsOf(profile.tree, profile.frames, type)
    .slice(0, MOST_FUNCTIONS)
    .map(
      (f) =>
        `   ${percent(f.self / whole).padStart(7)} ${percent(f.total / whole).padStart(7)}  ${f.name}${f.file === '' ? '' : ` (${f.file})`}`,
    );
}

/** Weight by label (`endpoint=/checkout`) and by thread, the heaviest of each. */
function byLabel(profile: Profile): string[] {
  const keys = [...new Set(profile.labels.map((l) => l.key))].slice(0, 3);
  const threads = profile.threads.length > 1 ? [line('thread', profile.threads)] : [];
  const labels = keys.map((key) =>
    line(
      key,
      profile.labels.filter((l) => l.key === key).map((l) => ({ name: l.value, weight: l.weight })),
    ),
  );
  return threads.length + labels.length > 0 ? ['', ...threads, ...labels] : [];
}

function line(key: string, values: readonly { name: string; weight: number }[]): string {
  const whole = values.reduce((sum, v) => sum + Math.abs(v.weight), 0) || 1;
  const heaviest = [...values].sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1)).slice(0, 4);
  return `by ${key}: ${heaviest.map((v) => `${v.name} ${percent(v.weight / whole)}`).join(', ')}${values.length > 4 ? ` and ${values.length - 4} more` : ''}`;
}

/** Sample types with something in them that were not shown. */
function otherTypes(profile: Profile, shown: number): string[] {
  const others = profile.sampleTypes.filter((_, i) => i !== shown && sumOf(profile.tree, i) !== 0);
  return others.length > 0
    ? ['', `it also holds ${others.map((t) => t.name).join(', ')}: ask with --type`]
    : [];
}

const percent = (share: number): string =>
  `${(share * 100).toFixed(Math.abs(share) >= 0.1 || share === 0 ? 0 : 1)}\u202f%`;

const MOST_WIDE = 220;
/** Terminals obey control characters; names of functions may hold any. */
const printable = (line: string): string => {
  const clean = line.replace(/\p{Cc}/gu, '');
  return clean.length > MOST_WIDE ? `${clean.slice(0, MOST_WIDE - 1)}…` : clean;
};
