import type { Component, InputKey, Link, Subject } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import { collectivesOf } from './parts/collectives.js';
import { componentOf, subjectOf } from './parts/component.js';
import { APP, type Draft, type Named, type PartMention } from './parts/draft.js';
import { addKnownNames } from './parts/known-names.js';
import { linksOf } from './parts/links.js';
import { appAliases, namedIn } from './parts/named.js';
import { takeOnlyService } from './parts/only-service.js';
import { rolesAround } from './parts/roles.js';
import { addRuntimes } from './parts/runtimes.js';
import { genericCdn, sameStores } from './parts/same.js';
import { BACKGROUND_NAME } from './words.js';

export interface Parts {
  components: Component[];
  /** Subject of each key. */
  subjects: ReadonlyMap<string, Subject>;
  mentions: ReadonlyMap<Frame, readonly PartMention[]>;
  links: Link[];
  /** Singular of what a part is counted in, where one part alone is: "node" → Cassandra. */
  collectives: ReadonlyMap<string, Subject>;
}

const PART_INPUTS: readonly InputKey[] = [
  'architecture',
  'dependencies',
  'recent_changes',
  'performance_issues',
  'current_metrics',
  'workload',
  'target_metrics',
  'constraints',
];

/** Finds the parts of the system in all inputs: products, named services, stops between arrows, listed dependencies. */
export function readParts(frames: readonly Frame[], app: Subject, asGiven = app.name): Parts {
  const drafts = new Map<string, Draft>();
  drafts.set(APP, {
    key: APP,
    name: app.name,
    roles: new Set(),
    places: [],
    inputs: new Set(),
    hint: 'service',
  });
  const own = appAliases(app.name);
  const mentions = new Map<Frame, PartMention[]>();
  const ordered = PART_INPUTS.flatMap((input) => frames.filter((f) => f.input === input));
  const generic = genericCdn(ordered);
  const oneOf = sameStores(ordered);
  for (const frame of ordered) {
    const found = namedIn(frame, own).map((m) => {
      const key = m.key === 'cdn' ? generic : oneOf.get(m.key);
      return key ? { ...m, key, product: key } : m;
    });
    mentions.set(
      frame,
      found.map(({ from, to, key }) => ({ from, to, key })),
    );
    for (const m of found) addMention(drafts, frame, m);
  }
  takeOnlyService(drafts, ordered, mentions, asGiven);
  addKnownNames(drafts, ordered, mentions);
  addRuntimes(drafts, ordered, mentions);
  const subjects = new Map<string, Subject>();
  for (const d of drafts.values()) subjects.set(d.key, d.key === APP ? app : subjectOf(d));
  // What the app is for is never in the background of it: a mail API sends mail while it is waited for.
  const isItsWork = BACKGROUND_NAME.test(asGiven);
  if (isItsWork) for (const d of drafts.values()) d.roles.delete('background');
  const components = [...drafts.values()].map((d) => componentOf(d, subjects.get(d.key) as Subject));
  return {
    components,
    subjects,
    mentions,
    links: linksOf(ordered, mentions, subjects),
    collectives: collectivesOf(ordered, mentions, subjects),
  };
}

function addMention(drafts: Map<string, Draft>, frame: Frame, m: Named): void {
  let d = drafts.get(m.key);
  if (!d) {
    d = { key: m.key, name: m.name, roles: new Set(), places: [], inputs: new Set() };
    drafts.set(m.key, d);
  }
  if (m.product !== undefined) d.product = m.product;
  if (m.version !== undefined) d.version ??= m.version;
  if (m.hint) d.hint ??= m.hint;
  d.inputs.add(frame.input);
  d.places.push(placeOf(frame, m.from, m.to));
  if (frame.input === 'architecture' || frame.input === 'dependencies')
    for (const role of rolesAround(frame, m, d.product)) d.roles.add(role);
}
