import type { Profile } from '../../domain/index.js';
import { wilsonInterval } from '../../models/binomial.js';
import { stackOf } from '../../models/call-tree.js';
import { type Adequacy, adequacyOf } from './adequacy.js';
import { attributeFor } from './attribute.js';
import type { Attribute, Attribution, Place } from './attribution.js';
import { kindOf } from './cause-kinds.js';
import { eventCauses } from './event-causes.js';
import { type Family, familyOf } from './family.js';
import type { ProfileCause } from './profile-cause.js';
import { NO_SOURCES, type Sources } from './source/find-source.js';

export type { ProfileCause } from './profile-cause.js';

export interface Interpretation {
  family: Family;
  /** Index of the sample type that shares are of. */
  sampleType: number;
  /** Share of all samples in which the program waited and did nothing. */
  idleShare: number;
  /** Samples in which it ran. */
  busySamples: number;
  causes: readonly ProfileCause[];
  /** What the own samples of each node of the tree were mostly spent on. */
  causeOfNode: ReadonlyMap<number, string>;
  adequacy: Adequacy;
}

/** A named cause outranks a place without a name that has up to this many times its share … */
const NAME_COUNTS = 2;
/** … and native code without even a place that has up to this many times. */
const PLACE_COUNTS = 4;
const MAX_PLACES = 5;
const MAX_STACKS = 3;

/**
 * Ranks what a profile's samples were spent on. Each sample counts once; shares are of the samples in which the
 * program ran.
 */
export function interpretProfile(
  profile: Profile,
  options: { sources?: Sources; sampleType?: number } = {},
): Interpretation {
  const sampleType = options.sampleType ?? profile.primary;
  const family = familyOf(profile, sampleType);
  const attribute = withDeoptimised(profile, attributeFor(profile, family, options.sources ?? NO_SOURCES));
  const { groups, causeOfNode } = grouped(profile, sampleType, attribute);
  const idle = groups.get('idle')?.weight ?? 0;
  let all = 0;
  for (const g of groups.values()) all += g.weight;
  const busy = all - idle;
  const idleShare = all > 0 ? idle / all : 0;
  const samples = profile.samplesByType?.[sampleType] ?? profile.samples;
  const busySamples = Math.round(samples * (1 - idleShare));
  const fromSamples = [...groups.values()]
    .filter((g) => g.cause !== 'idle' && g.weight > 0)
    .map((g) => withCounts(causeOf(g, profile, busy, busySamples), profile));
  const events = eventCauses(profile, family, sampleType !== profile.primary);
  // The JVM takes no samples while it stops for collection: what they show is a part of the rest of the time.
  const paused = events.find((c) => c.cause === 'gc')?.share ?? 0;
  const causes = [...withCollector(fromSamples).map((c) => scaled(c, 1 - paused)), ...events].sort(byRank);
  return {
    family,
    sampleType,
    idleShare,
    busySamples,
    causes,
    causeOfNode,
    adequacy: adequacyOf(profile, { idleShare, busySamples, causes }),
  };
}

interface Group {
  cause: string;
  weight: number;
  apis: Map<string, { weight: number; matched: string }>;
  places: Map<string, { place: Place; weight: number }>;
  nodes: Map<number, number>;
}

function grouped(
  profile: Profile,
  type: number,
  attribute: Attribute,
): { groups: Map<string, Group>; causeOfNode: Map<number, string> } {
  const groups = new Map<string, Group>();
  const causeOfNode = new Map<number, string>();
  const values = profile.tree.values[type] ?? new Float64Array(0);
  for (let node = 1; node < profile.tree.size; node++) {
    const weight = values[node] as number;
    if (weight <= 0) continue;
    let most = 0;
    for (const a of attribute(node)) {
      put(groups, a, weight * a.share, node);
      if (a.share > most) {
        most = a.share;
        causeOfNode.set(node, a.cause);
      }
    }
  }
  return { groups, causeOfNode };
}

function put(groups: Map<string, Group>, a: Attribution, weight: number, node: number): void {
  let group = groups.get(a.cause);
  if (!group) {
    group = { cause: a.cause, weight: 0, apis: new Map(), places: new Map(), nodes: new Map() };
    groups.set(a.cause, group);
  }
  group.weight += weight;
  const api = group.apis.get(a.api);
  if (api) api.weight += weight;
  else group.apis.set(a.api, { weight, matched: a.matched });
  if (a.place) {
    const key = a.place.line > 0 ? `${a.place.file}:${a.place.line}` : `${a.place.file}:${a.place.function}`;
    const known = group.places.get(key);
    if (known) known.weight += weight;
    else group.places.set(key, { place: a.place, weight });
  }
  group.nodes.set(node, (group.nodes.get(node) ?? 0) + weight);
}

function causeOf(group: Group, profile: Profile, busy: number, busySamples: number): ProfileCause {
  const kind = kindOf(group.cause);
  const share = busy > 0 ? group.weight / busy : 0;
  const [api, said] = heaviest(group.apis)[0] ?? ['', { weight: 0, matched: '' }];
  return {
    cause: group.cause,
    title: isSpread(group, kind.kind) ? `${kind.title}, spread over many places` : kind.title,
    api,
    matched: said.matched,
    share,
    interval: wilsonInterval(share * busySamples, busySamples),
    weight: group.weight,
    places: heaviest(group.places)
      .slice(0, MAX_PLACES)
      .map(([, p]) => ({ place: p.place, share: p.weight / busy })),
    stacks: [...group.nodes]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, MAX_STACKS)
      .map(([node, weight]) => ({
        frames: stackOf(profile.tree, node)
          .reverse()
          .map((f) => profile.frames.name(f)),
        share: weight / busy,
      })),
    advice: kind.advice,
    refutedIf: kind.refutedIf,
    remedies: kind.remedies,
    hypotheses: kind.hypotheses,
    kind: kind.kind === 'unnamed' ? 'unnamed' : 'named',
    basis: 'samples',
  };
}

/** A place without a reason that has next to nothing of its kind is no finding. */
const SPREAD_BELOW = 0.1;
const isSpread = (group: Group, kind: string): boolean =>
  kind === 'unnamed' && (heaviest(group.places)[0]?.[1].weight ?? 0) < SPREAD_BELOW * group.weight;

const heaviest = <V extends { weight: number }>(map: ReadonlyMap<string, V>): [string, V][] =>
  [...map].sort((a, b) => b[1].weight - a[1].weight || (a[0] < b[0] ? -1 : 1));

/** Own code without another reason, of a function that the runtime gave up optimising, is slow for that. */
function withDeoptimised({ deoptimised }: Profile, attribute: Attribute): Attribute {
  if (!deoptimised || deoptimised.size === 0) return attribute;
  return (node) => {
    const reason = deoptimised.get(node);
    if (reason === undefined) return attribute(node);
    return attribute(node).map((a) =>
      kindOf(a.cause).kind === 'unnamed'
        ? { ...a, cause: 'deoptimisation', matched: `the runtime’s own reason: ${reason}` }
        : a,
    );
  };
}

/** Events that are counted and have no length: how many there were beside the samples they cost. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  exceptions: ['exceptions', 'exception-thrown'],
  deoptimisation: ['deoptimisation'],
};

function withCounts(cause: ProfileCause, profile: Profile): ProfileCause {
  const events = (COUNTED[cause.cause] ?? []).flatMap((kind) =>
    profile.events.filter((e) => e.kind === kind && e.unit === 'count'),
  );
  const [counted] = events;
  if (!counted) return cause;
  const seconds = (profile.durationNs ?? 0) / 1e9;
  const rate = seconds > 0 ? `, ${Number((counted.count / seconds).toPrecision(2))} a second` : '';
  const thrown = events.find((e) => e.places.length > 0)?.places ?? [];
  const whole = thrown.reduce((sum, p) => sum + p.weight, 0) || 1;
  return {
    ...cause,
    matched: `${cause.matched}; ${counted.count} counted by the runtime${rate}`,
    places:
      cause.places.length > 0
        ? cause.places
        : thrown.map((p) => ({ place: p.place, share: (cause.share * p.weight) / whole })),
  };
}

/** The collector has no place of its own: what it clears up is allocated where the program's own lines run. */
function withCollector(causes: ProfileCause[]): ProfileCause[] {
  const lines = causes
    .filter((c) => c.cause !== 'gc')
    .flatMap((c) => c.places)
    .sort((a, b) => b.share - a.share);
  return causes.map((c) =>
    c.cause === 'gc' && c.places.length === 0 ? { ...c, places: lines.slice(0, 1) } : c,
  );
}

const scaled = (c: ProfileCause, by: number): ProfileCause =>
  by === 1
    ? c
    : {
        ...c,
        share: c.share * by,
        interval: [c.interval[0] * by, c.interval[1] * by],
        places: c.places.map((p) => ({ ...p, share: p.share * by })),
        stacks: c.stacks.map((s) => ({ ...s, share: s.share * by })),
      };

/** Collection follows from what allocates: of two equal shares the other is the cause. */
const COLLECTION_COUNTS = 0.95;
const rankOf = (c: ProfileCause): number => {
  if (c.kind === 'unnamed') return c.share / (c.places.length > 0 ? NAME_COUNTS : PLACE_COUNTS);
  return c.cause === 'gc' ? c.share * COLLECTION_COUNTS : c.share;
};
const byRank = (a: ProfileCause, b: ProfileCause): number =>
  rankOf(b) - rankOf(a) || (a.cause < b.cause ? -1 : 1);
