import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  plain,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, rate, reading } from './compose.js';
import { loadPoints } from './load.js';
import { hotBase, ofWhat } from './skew.js';

const TRIED = [0.1, 0.3, 0.5].map((v) =>
  constant(
    `hotKey.share.${v * 100}`,
    v,
    'ratio',
    'Share of the traffic on one key, tried in turn because the case does not say it',
  ),
);

/** A hot member lives in one place: what it explains that even load cannot, and why more places do not help. */
function read(context: Context): Reading[] {
  const skews = context.facts.every({ name: 'skew.share' }).filter((f) => f.value > 0 && f.value < 1);
  const seen = new Set<string>();
  const said = skews
    .filter((f) => !seen.has(f.subject.id) && seen.add(f.subject.id))
    .flatMap((f) => ofSkew(context, f));
  return said.length > 0 ? said : supposed(context);
}

function places(context: Context): Fact | undefined {
  return context.facts.every({ name: ['shards', 'partitions'] }).filter((f) => f.value >= 2)[0];
}

/** Where the hot member lives: places of a store or queue, of a cache only for what is looked up there. Queries of a search go to all its shards. */
function placesFor(context: Context, share: Fact): Fact | undefined {
  const n = places(context);
  const kind = n ? componentOf(context, n.subject)?.subject.kind : undefined;
  if (kind === 'search' || (kind === 'cache' && plain(ofWhat(context, share)) !== 'the traffic'))
    return undefined;
  return n;
}

function ofSkew(context: Context, share: Fact): Reading[] {
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const few = context.facts.every({ name: 'skew.members' });
  const members =
    few.find((f) => f.subject.id === share.subject.id) ?? (few.length === 1 ? few[0] : undefined);
  const n = members ? undefined : placesFor(context, share);
  const base = goal ? hotBase(context, share, goal) : undefined;
  const hot =
    goal && base
      ? calc(
          'skew.hotRate',
          share.subject,
          [base.value * share.value, '1/s'],
          'rate × share of the hottest',
          [base, share],
          goal.phase,
        )
      : undefined;
  const density =
    members && members.value > 0
      ? calc(
          'skew.density',
          share.subject,
          [share.value / members.value, 'factor'],
          'share of traffic ÷ share of members',
          [share, members],
        )
      : undefined;
  const even = n
    ? calc('skew.evenShare', share.subject, [1 / n.value, 'ratio'], 'all ÷ places', [n])
    : undefined;
  const place = n
    ? calc(
        'skew.placeShare',
        share.subject,
        [share.value + (1 - share.value) / n.value, 'ratio'],
        'share of the hottest + the rest ÷ places',
        [share, n],
      )
    : undefined;
  const over =
    place && even
      ? calc(
          'skew.overEven',
          share.subject,
          [place.value / even.value, 'factor'],
          'share of its place ÷ even share',
          [place, even],
        )
      : undefined;
  const most =
    goal && place
      ? calc(
          'skew.usable',
          share.subject,
          [even ? even.value / place.value : 1, 'ratio'],
          'even share ÷ share of its place',
          [place, ...(even ? [even] : [])],
        )
      : undefined;
  const rows: Text[][] = [];
  if (hot && goal) rows.push([say`On the hottest, at ${num(goal.rate)}`, say`${rate(hot)}`]);
  if (density) rows.push([say`Traffic of a hot member over the mean`, say`${num(density, { digits: 2 })}`]);
  if (even && n) rows.push([say`Even share of ${num(n)} places`, say`${num(even)}`]);
  if (place)
    rows.push([say`Share of the place that holds the hottest, if they share one`, say`${num(place)}`]);
  if (most) rows.push([say`Capacity that can be used when that place is full`, say`${num(most)}`]);
  if (rows.length === 0) return [];
  const component = componentOf(context, share.subject) ?? (n ? componentOf(context, n.subject) : undefined);
  const single = !members;
  const who = members
    ? say`the hottest ${num(members)}${thing(share)}`
    : /\b(?:one|single|top|biggest|largest|hottest|busiest)\b/i.test(share.condition ?? '') &&
        !/\b(?:top|few) \d|few\b/i.test(share.condition ?? '')
      ? say`the hottest ${name(share.subject.name)}`
      : say`the hottest few${thing(share)}`;
  const because = say`${num(share)} of the traffic on ${who}`;
  return reading('skew-ceiling', {
    id: share.subject.id,
    topic: 'load',
    layer: component?.layer ?? 'database',
    subject: share.subject,
    headline: say`${num(share)} of ${ofWhat(context, share)} falls on ${who}${hot && goal ? say` (${rate(hot)} at ${num(goal.rate)})` : []}${density ? say`, ${num(density, { digits: 2 })} the mean for each of them` : []}${place && over && n && most ? say`; the one of ${num(n)} ${word(n)} that holds it carries ${num(place)}, ${num(over, { digits: 2 })} its even part, and is full when ${num(most)} of the whole is used: adding ${word(n)} does not move it` : say`; an even spread would not show it, and mean figures hide it`}.`,
    arithmetic: [table(['Quantity', '> Value'], rows)],
    assumptions: [
      single || !n
        ? say`The hottest sits in one place, the rest is spread evenly.`
        : say`The hottest share one place, the worst case; spread over all of them the figure is smaller. Which it is shows in the load of each of the ${num(n)} ${word(n)}.`,
    ],
    bearings: [
      ...(component?.subject.kind === 'cache'
        ? [bearing(context, 'hot-key', component.subject, 1.2, because)]
        : component?.subject.kind === 'database'
          ? [bearing(context, 'hot-partition', component.subject, 1.4, because)]
          : [
              bearing(context, 'hot-partition', share.subject, 0.9, because),
              bearing(context, 'hot-key', share.subject, 0.7, because),
            ]),
      bearing(context, 'uneven-load', share.subject, 0.9, because),
    ],
    weight: 0.85,
  });
}

const thing = (share: Fact): Text =>
  share.subject.kind === 'keyspace' || share.subject.kind === 'class'
    ? say` (${name(share.subject.name)})`
    : [];
const word = (n: Fact): string => n.name;

/** Shards are known, the hottest key is not: what a hot key would do to them. */
function supposed(context: Context): Reading[] {
  const n = places(context);
  const risky =
    context.case.traits.some((t) => ['bursty', 'event', 'skewed', 'multi-tenant'].includes(t.trait)) ||
    context.symptoms.some((s) => s.kind === 'hot-key' || s.kind === 'throttling');
  const component = n && componentOf(context, n.subject);
  if (!n || !risky || component?.subject.kind === 'queue') return [];
  const more = calc('skew.placesMore', n.subject, [n.value + 1, 'count'], 'places + one', [n]);
  const on = (share: Fact, count: Fact): Fact =>
    calc(
      `skew.place.${share.name}.${count.name}`,
      n.subject,
      [share.value + (1 - share.value) / count.value, 'ratio'],
      'share of the key + the rest ÷ places',
      [share, count],
    );
  const middle = TRIED[1] as Fact;
  const who = component ? name(component.subject.name) : name(n.subject.name);
  return reading('skew-ceiling', {
    id: n.subject.id,
    topic: 'cache',
    layer: component?.layer ?? 'cache',
    subject: n.subject,
    headline: say`One key lives on one of the ${num(n)} ${word(n)} of ${who}: a key that draws ${num(middle)} of its traffic puts ${num(on(middle, n), { digits: 2 })} on that one, and one more only takes it to ${num(on(middle, more), { digits: 2 })}, so ${word(n)} are no answer to a hot key.`,
    arithmetic: [
      table(
        ['> Share of the traffic on one key', `> Its place, ${n.name} now`, '> With one more'],
        TRIED.map((s) => [
          say`${num(s)}`,
          say`${num(on(s, n), { digits: 2 })}`,
          say`${num(on(s, more), { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [say`The other keys spread evenly. Nobody said how hot the hottest key is.`],
    bearings: [],
    questions: [
      {
        id: `hottest-key/${n.subject.id}`,
        question: say`What share of the traffic of ${who} falls on its hottest key, and how do its ${num(n)} ${word(n)} differ in load?`,
        matters: say`an even load rules out a hot key; an uneven one asks for a copy near the caller or a split key, not for more ${word(n)}`,
        ...(component?.product === 'redis' ? { command: say`redis-cli --hotkeys`, language: 'bash' } : {}),
        weight: 0.5,
      },
    ],
    weight: 0.5,
  });
}

export default {
  id: 'skew-ceiling',
  about:
    'What a hot key, tenant or partition explains that even load cannot, and why more shards do not move it.',
  read,
} satisfies ReadingEntry;
