import type { Profile } from '../../domain/index.js';
import {
  type Block,
  type Case,
  type Component,
  derived,
  type Fact,
  heading,
  type Measured,
  measured,
  name,
  num,
  type Phase,
  type ProfileRuntime,
  type Provenance,
  paragraph,
  range,
  type Source,
  type Subject,
  say,
  slug,
  table,
} from '../../domain/index.js';
import { wilsonInterval } from '../../models/binomial.js';
import { amdahl } from '../../models/request-cost.js';
import { familyOf } from './family.js';
import { type Interpretation, interpretProfile, type ProfileCause } from './interpret.js';
import { NO_SOURCES, type Sources } from './source/find-source.js';

/** A profile given as evidence. */
export interface GivenProfile {
  source: Source;
  profile: Profile;
}

/** A profile that was interpreted, and what it is about. */
export interface ToldProfile {
  given: GivenProfile;
  seen: Interpretation;
  subject: Subject;
  phase: Phase;
  from: Provenance[];
}

const PHASE: Readonly<Record<Source['role'], Phase>> = {
  incident: 'incident',
  baseline: 'baseline',
  unspecified: 'any',
};
const PRODUCT: Readonly<Partial<Record<ProfileRuntime, string>>> = {
  node: 'nodejs',
  python: 'python',
  go: 'go',
  jvm: 'jvm',
};
/** Smaller shares are told by the profile itself, not as facts. */
const LEAST_SHARE = 0.02;
const MOST_CAUSES = 6;

/**
 * What profiles say, as facts about the service they are of: the share of each cause with its binomial interval, time
 * in collections, how busy the event loop was. The first profile of a phase counts; a profile that is too thin to
 * speak gives its number of samples alone.
 */
export function profileFacts(
  given: readonly GivenProfile[],
  theCase: Case,
  seen: Pick<Measured, 'components'>,
  sources: Sources = NO_SOURCES,
): { facts: Fact[]; components: Component[]; blocks: Block[]; told: ToldProfile[] } {
  const facts: Fact[] = [];
  const components: Component[] = [];
  const blocks: Block[] = [];
  /** Of each service the first profile of a phase is told. */
  const told = new Set<string>();
  const read: ToldProfile[] = [];
  for (const { source, profile } of timeFirst(given)) {
    const phase = PHASE[source.role];
    const subject = serviceOf(profile, theCase, seen.components, source.path);
    const once = JSON.stringify([phase, subject.id]);
    if (told.has(once)) continue;
    told.add(once);
    const product = PRODUCT[profile.runtime];
    components.push({
      subject,
      kind: 'service',
      layer: 'api',
      roles: [],
      places: [],
      ...(product === undefined ? {} : { runtime: product }),
    });
    const interpretation = interpretProfile(profile, { sources });
    const from: Provenance[] = [{ kind: 'file', path: source.path }];
    const mine = factsOf(profile, interpretation, subject, phase, from);
    read.push({ given: { source, profile }, seen: interpretation, subject, phase, from });
    facts.push(...mine.facts);
    blocks.push(...mine.blocks(source.path, source.id));
  }
  return { facts, components, blocks, told: read };
}

/** Profiles of time before those of memory and locks: of the first of a phase the shares are told. */
function timeFirst(given: readonly GivenProfile[]): GivenProfile[] {
  const rank = ({ profile }: GivenProfile): number =>
    ['processor', 'wall'].includes(familyOf(profile, profile.primary)) ? 0 : 1;
  return [...given].sort((a, b) => rank(a) - rank(b));
}

/** The service a profile is of: a seen one that its file is named after, else one of its runtime, else the first; else what the case is about. */
export function serviceOf(profile: Profile, theCase: Case, seen: readonly Component[], path = ''): Subject {
  const file = slug(path.split(/[\\/]/).at(-1) ?? '');
  const namesake = seen
    .filter((c) => c.kind === 'service' && slug(c.subject.name) !== '' && file.includes(slug(c.subject.name)))
    .sort((a, b) => b.subject.name.length - a.subject.name.length)[0];
  if (namesake) return namesake.subject;
  const services = [...theCase.components, ...seen].filter(
    (c) => c.kind === 'service' && !c.roles.some((r) => ['worker', 'producer', 'consumer'].includes(r)),
  );
  const product = PRODUCT[profile.runtime];
  const fitting = services.find(
    (c) => product !== undefined && (c.runtime === product || c.product === product),
  );
  return (fitting ?? services[0])?.subject ?? theCase.app;
}

function factsOf(
  profile: Profile,
  seen: Interpretation,
  subject: Subject,
  phase: Phase,
  from: Provenance[],
): { facts: Fact[]; blocks(path: string, sourceId: string): Block[] } {
  const samples = measured(
    { name: 'profile.samples', subject, phase, value: seen.busySamples, unit: 'count' },
    from,
  );
  const facts: Fact[] = [samples];
  if (seen.family !== 'processor' && seen.family !== 'wall') return { facts, blocks: () => [] };
  if (seen.adequacy.verdict === 'too-few-samples') return { facts, blocks: () => [] };
  facts.push(...runtimeFacts(profile, seen, subject, phase, from));
  const causes = seen.causes.filter((c) => c.share >= LEAST_SHARE).slice(0, MOST_CAUSES);
  const rows = causes.map((cause) => {
    const share = measured(
      {
        name: `profile.share.${cause.cause}`,
        subject,
        phase,
        value: cause.share,
        unit: 'ratio',
        interval: cause.interval,
        n: seen.busySamples,
      },
      from,
    );
    facts.push(share);
    const [low, high] = cause.interval;
    const bound = derived(
      {
        name: `profile.bound.${cause.cause}`,
        subject,
        phase,
        value: amdahl(cause.share),
        unit: 'factor',
        interval: [amdahl(low), amdahl(high)],
      },
      '1 ÷ (1 − share): G. Amdahl, 1967; the most that can be gained where processors are the limit',
      [share],
    );
    return [
      say`${cause.title}`,
      say`${num(share)}`,
      say`${range(share)}`,
      placed(cause),
      say`${range(bound)}`,
      say`${cause.advice}`,
    ];
  });
  return {
    facts,
    blocks: (path, sourceId) =>
      rows.length === 0
        ? []
        : [
            heading(say`What the profile ${name(path)} shows`),
            paragraph(
              say`Of ${num(samples)} samples of ${name(subject.name)} at work. The last factor is the most that capacity can gain when the cause is gone and processors are the limit.`,
            ),
            table(['Spent on', '> Share', '> 95 %', 'Where', '> At most', 'What to do'], rows),
            paragraph(
              say`Its flame graph stands beside this report as ${name(`profiles/${sourceId}.html`)}. With the sources at hand, ${name('kneepoint profile FILE --source FOLDER')} says what hot lines do.`,
            ),
          ],
  };
}

function placed(cause: ProfileCause): ReturnType<typeof say> {
  const place = cause.places[0]?.place;
  if (!place) return say`${name(cause.api)}`;
  const file = place.file.replace(/^file:\/\//, '');
  return say`${name(`${place.function}${file === '' ? '' : ` (${file}${place.line > 0 ? `:${place.line}` : ''})`}`)}`;
}

/** Time in collections, and of Node how busy its one thread was: V8 takes samples by the clock, waiting too. */
function runtimeFacts(
  profile: Profile,
  seen: Interpretation,
  subject: Subject,
  phase: Phase,
  from: Provenance[],
): Fact[] {
  const facts: Fact[] = [];
  const gc = seen.causes.find((c) => c.cause === 'gc');
  const { samples } = profile;
  if (profile.runtime === 'node') {
    const busy = 1 - seen.idleShare;
    facts.push(
      measured(
        {
          name: 'eventloop.utilisation',
          subject,
          phase,
          value: busy,
          unit: 'ratio',
          interval: wilsonInterval(busy * samples, samples),
          n: samples,
        },
        from,
      ),
    );
    const paused = (gc?.share ?? 0) * busy;
    facts.push(
      measured(
        {
          name: 'gc.pause.share',
          subject,
          phase,
          value: paused,
          unit: 'ratio',
          interval: wilsonInterval(paused * samples, samples),
          n: samples,
        },
        from,
      ),
    );
  }
  const pauses = profile.events.find((e) => e.kind === 'gc-pause');
  if (profile.runtime === 'jvm' && profile.format === 'jfr' && profile.durationNs)
    facts.push(
      measured(
        {
          name: 'gc.pause.share',
          subject,
          phase,
          value: Math.min(1, (pauses?.total ?? 0) / profile.durationNs),
          unit: 'ratio',
          n: pauses?.count ?? 0,
        },
        from,
      ),
    );
  facts.push(...countedFacts(profile, subject, phase, from));
  facts.push(...allocationFacts(profile, subject, phase, from));
  return facts;
}

const COUNTED_EVENTS: readonly (readonly [kind: string, fact: string])[] = [
  ['exceptions', 'exceptions.rate'],
  ['deoptimisation', 'deoptimisations.rate'],
];

/** Exceptions and deoptimisations a second. What they cost, the share of the samples says. */
function countedFacts(profile: Profile, subject: Subject, phase: Phase, from: Provenance[]): Fact[] {
  const seconds = (profile.durationNs ?? 0) / 1e9;
  if (seconds <= 0 || profile.format !== 'jfr') return [];
  return COUNTED_EVENTS.flatMap(([kind, name]) => {
    const event = profile.events.find((e) => e.kind === kind && e.unit === 'count');
    return event
      ? measured({ name, subject, phase, value: event.count / seconds, unit: '1/s', n: event.count }, from)
      : [];
  });
}

/** Bytes allocated a second, and the time in pauses that each gigabyte costs, of a recording that tells both. */
function allocationFacts(profile: Profile, subject: Subject, phase: Phase, from: Provenance[]): Fact[] {
  const seconds = (profile.durationNs ?? 0) / 1e9;
  const allocated = profile.events.find((e) => e.kind === 'allocation' && e.unit === 'bytes');
  if (!allocated || allocated.total <= 0 || seconds <= 0) return [];
  const rate = measured(
    {
      name: 'allocation.rate',
      subject,
      phase,
      value: allocated.total / seconds,
      unit: 'bytes/s',
      n: allocated.count,
    },
    from,
  );
  const pauses = profile.events.find((e) => e.kind === 'gc-pause' && e.unit === 'nanoseconds');
  if (!pauses || pauses.total <= 0) return [rate];
  const paused = measured(
    { name: 'gc.pause.total', subject, phase, value: pauses.total / 1e9, unit: 's', n: pauses.count },
    from,
  );
  return [
    rate,
    paused,
    derived(
      {
        name: 'gc.pause.perGigabyte',
        subject,
        phase,
        value: pauses.total / 1e6 / (allocated.total / 1e9),
        unit: 'ms',
      },
      'time in collection pauses ÷ bytes allocated: what allocating less brings, while what is kept stays as it is',
      [paused, rate],
    ),
  ];
}
