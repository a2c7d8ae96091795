import type { Profile } from '../../domain/index.js';
import { functionsOf, groupFrames, sumOf } from '../../models/call-tree.js';
import { designEffects, differenceOf } from '../../models/profile-difference.js';

/** One function in two profiles. */
export interface ComparedFunction {
  name: string;
  file: string;
  /** Own share of all samples. */
  before: number;
  after: number;
  /** Own weight for one unit of work, after ÷ before; of shares against the typical function without known work. */
  ratio: number;
  q: number;
  state: 'slower' | 'faster' | 'new' | 'vanished' | 'same';
}

export interface Comparison {
  functions: readonly ComparedFunction[];
  samples: { before: number; after: number };
  tested: number;
  /** Functions within the false-discovery rate that are not sure enough to be called changed. */
  suspected: number;
  falseDiscoveryRate: number;
  /** What ratios are of. */
  normalised: 'work' | 'typical function';
  /** Whole weight for one unit of work, after ÷ before; only with known work. */
  total: number | undefined;
  /** Smallest growth that would have been found in a function with 5 % of the samples, as a ratio. */
  leastDetectable: number;
}

/**
 * Compares own weights function by function. With `work` (requests served while each was recorded) ratios are of
 * weight for a request; without it, against the typical function, which is taken to be as before.
 */
export const compareProfiles = (before: Profile, after: Profile, options: CompareOptions = {}): Comparison =>
  compareSamples(ownSamples(before, before.primary), ownSamples(after, after.primary), options);

export interface CompareOptions {
  work?: { before: number; after: number };
  falseDiscoveryRate?: number;
}

/** The same, of what `ownSamples` kept of two profiles. */
export function compareSamples(a: OwnSamples, b: OwnSamples, options: CompareOptions = {}): Comparison {
  const [inA, inB] = [byKey(a), byKey(b)];
  const keys = [...new Set([...inA.keys(), ...inB.keys()])].sort();
  const rows = keys.map((key) => {
    const x = inA.get(key);
    const y = inB.get(key);
    return {
      name: x?.name ?? y?.name ?? '',
      file: x?.file ?? y?.file ?? '',
      before: x?.samples ?? 0,
      after: y?.samples ?? 0,
      designEffect: Math.max(x?.effect ?? 1, y?.effect ?? 1),
    };
  });
  const samples = { before: a.samples, after: b.samples };
  const { work } = options;
  // Weight for a unit of work: shares times the whole weight for a unit.
  const total =
    work && a.weight > 0 && work.after > 0 ? b.weight / work.after / (a.weight / work.before) : undefined;
  const found = differenceOf(rows, samples, {
    ...(total === undefined ? {} : { scale: total }),
    ...(options.falseDiscoveryRate === undefined ? {} : { falseDiscoveryRate: options.falseDiscoveryRate }),
  });
  const functions = rows.map((row, i): ComparedFunction => {
    const change = found.changes[i];
    const ratio = change?.ratio ?? 1;
    return {
      name: row.name,
      file: row.file,
      before: samples.before > 0 ? row.before / samples.before : 0,
      after: samples.after > 0 ? row.after / samples.after : 0,
      ratio,
      q: change?.q ?? 1,
      state: !change?.isChanged
        ? 'same'
        : row.before === 0
          ? 'new'
          : row.after === 0
            ? 'vanished'
            : ratio > 1
              ? 'slower'
              : 'faster',
    };
  });
  functions.sort(
    (x, y) =>
      Number(x.state === 'same') - Number(y.state === 'same') ||
      Math.abs(y.after - y.before) - Math.abs(x.after - x.before) ||
      (x.name < y.name ? -1 : 1),
  );
  return {
    functions,
    samples,
    tested: found.tested,
    suspected: found.changes.filter((c) => c.isSuspected && !c.isChanged).length,
    falseDiscoveryRate: found.falseDiscoveryRate,
    normalised: total === undefined ? 'typical function' : 'work',
    total,
    leastDetectable: found.leastDetectable(0.05),
  };
}

/** What a comparison needs of a profile: plain data, which may be kept. Waiting is left out. */
export interface OwnSamples {
  samples: number;
  weight: number;
  functions: readonly { name: string; file: string; samples: number; effect: number }[];
}

const byKey = ({ functions }: OwnSamples): Map<string, OwnSamples['functions'][number]> =>
  new Map(functions.map((f) => [`${f.name}\n${f.file}`, f]));

/** Own samples by function: the weights of a sample type as a number of samples, waiting left out. */
export function ownSamples(profile: Profile, type: number): OwnSamples {
  const effects = effectsOf(profile);
  const weight = sumOf(profile.tree, type);
  const functions = functionsOf(profile.tree, profile.frames, type).filter((f) => f.self > 0);
  const idle = functions.filter((f) => f.name === '(idle)').reduce((sum, f) => sum + f.self, 0);
  const perWeight = weight > 0 ? profile.samples / weight : 0;
  return {
    samples: (weight - idle) * perWeight,
    weight: weight - idle,
    functions: functions
      .filter((f) => f.name !== '(idle)')
      .map((f) => ({
        name: f.name,
        file: f.file,
        samples: f.self * perWeight,
        effect: effects.get(`${f.name}\n${f.file}`) ?? 1,
      })),
  };
}

/** Design effects by function, where the order of samples is known. */
function effectsOf(profile: Profile): Map<string, number> {
  const { timeline, tree, frames } = profile;
  if (!timeline || timeline.node.length < 1000) return new Map();
  const { functionOf, functions } = groupFrames(frames);
  const sampled = Int32Array.from(timeline.node, (node) =>
    node > 0 ? (functionOf[tree.frame[node] as number] as number) : functions.length,
  );
  const effects = designEffects(sampled, functions.length + 1);
  return new Map(functions.map((f, i) => [`${f.name}\n${f.file}`, effects[i] as number]));
}
