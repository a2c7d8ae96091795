import {
  type Context,
  name,
  num,
  type Reading,
  type ReadingEntry,
  type Subject,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { logNormalCdf, logNormalQuantile } from '../models/distribution.js';
import { bearing, calc, componentOf, rate, reading } from './compose.js';
import { isWhole, loadBehind, loadsOf } from './load.js';
import { latencySubjects, type Percentile, percentilesOf, requestSubject, through } from './percentiles.js';

/** A last percentile this far from what the lower ones foretell is not one population of requests. */
const HEAVIER = 1.25;
const LIGHTER = 0.8;
/** ln-spread beyond which the lower two percentiles already lie in different modes. */
const WIDE = 1.25;

/** One log-normal through two percentiles foretells the third; where it does not, there is a second mode or a cap. */
function read(context: Context): Reading[] {
  return latencySubjects(context).flatMap((s) => ofSubject(context, s));
}

function ofSubject(context: Context, subject: Subject): Reading[] {
  const given = percentilesOf(context, subject);
  const last = given[given.length - 1];
  const [first, second] = [given[0], given[given.length - 2]];
  if (!first || !second || !last || given.length < 3 || second === first) return [];
  const fit = through(first, second);
  if (!fit || last.fact.value < second.fact.value) return [];
  const foretold = calc(
    `${last.fact.name}.foretold`,
    subject,
    [logNormalQuantile(fit, last.share), 'ms'],
    `log-normal through ${first.label} and ${second.label}, read at ${last.label}`,
    [first.fact, second.fact],
    last.fact.phase,
  );
  const off = calc(
    `${last.fact.name}.offShape`,
    subject,
    [last.fact.value / foretold.value, 'factor'],
    'seen ÷ foretold',
    [last.fact, foretold],
  );
  const spread = calc(
    'latency.tailRatio',
    subject,
    [last.fact.value / first.fact.value, 'factor'],
    `${last.label} ÷ ${first.label}`,
    [last.fact, first.fact],
  );
  const beyond = 1 - last.share - (1 - logNormalCdf(fit, last.fact.value));
  const extra = calc(
    'latency.secondModeShare',
    subject,
    [Math.max(0, beyond), 'ratio'],
    `share above ${last.label} − share that the log-normal puts there`,
    [last.fact, first.fact, second.fact],
  );
  const top = loadBehind(loadsOf(context, subject), last.fact);
  const extraRate = top
    ? calc(
        'latency.secondModeRate',
        subject,
        [extra.value * top.rate.value, '1/s'],
        'share × rate',
        [extra, top.rate],
        top.phase,
      )
    : undefined;
  const who = isWhole(context, subject) ? say`requests` : say`${name(subject.name)}`;
  const shape =
    off.value > HEAVIER ? 'heavier' : off.value < LIGHTER ? 'lighter' : fit.sigma > WIDE ? 'wide' : 'one';
  // Of what was recorded, each route and statement has its shape; only one that stands out is news.
  const plain = shape === 'wide' || shape === 'one';
  if (last.fact.basis === 'measured' && (plain || subject.kind === 'statement')) return [];
  const within = calc(
    'latency.lowerRatio',
    subject,
    [second.fact.value / first.fact.value, 'factor'],
    `${second.label} ÷ ${first.label}`,
    [second.fact, first.fact],
  );
  const above = calc('tail.second', subject, [1 - second.share, 'ratio'], `share above ${second.label}`, [
    second.fact,
  ]);
  const headline = {
    heavier: say`The tail of ${who} is a mode of its own: ${first.label} ${num(first.fact)} and ${second.label} ${num(second.fact)} foretell a ${last.label} of ${num(foretold, { digits: 2 })}, and it is ${num(last.fact)}, ${num(off, { digits: 2 })} that; about ${num(extra, { digits: 2 })} of them${extraRate ? say` (${rate(extraRate)} at ${num(top?.rate ?? extraRate)})` : []} wait for something the rest does not.`,
    lighter: say`The tail of ${who} is cut short: ${first.label} ${num(first.fact)} and ${second.label} ${num(second.fact)} foretell a ${last.label} of ${num(foretold, { digits: 2 })}, and it is only ${num(last.fact)}; a deadline, a shed load or requests that never finished would do that.`,
    wide: say`The slow mode of ${who} reaches below ${second.label}: ${first.label} ${num(first.fact)} to ${second.label} ${num(second.fact)} is ${num(within, { digits: 2 })}, wider than one kind of work spreads, so more than ${num(above)} of them are slow and no rare event (a pause, a cold start) is the cause.`,
    one: say`${who} have one population: ${first.label} ${num(first.fact)} and ${second.label} ${num(second.fact)} foretell a ${last.label} of ${num(foretold, { digits: 2 })}, and it is ${num(last.fact)}; what is slow is slow for all, with a wide spread (${num(spread, { digits: 2 })} from ${first.label} to ${last.label}).`,
  }[shape];
  return reading('percentile-shape', {
    id: subject.id,
    topic: 'latency-shape',
    layer: componentOf(context, subject)?.layer ?? 'api',
    subject,
    headline,
    arithmetic: [
      table(
        ['Percentile', '> Seen', '> Log-normal'],
        given.map((p) => [
          say`${p.label}`,
          say`${num(p.fact)}`,
          p === first || p === second ? say`fitted here` : say`${num(foretoldAt(p))}`,
        ]),
      ),
    ],
    assumptions: [
      say`The percentiles belong to the same requests and the same minutes; percentiles blended over routes make two modes by themselves.`,
    ],
    bearings:
      isWhole(context, subject) || subject.id === requestSubject(context)?.id
        ? bearingsOf(context, shape, subject, last, foretold)
        : [],
    questions: [],
    weight:
      isWhole(context, subject) || subject.id === requestSubject(context)?.id
        ? shape === 'one'
          ? 0.55
          : shape === 'wide'
            ? 0.72
            : 0.82
        : 0.4,
  });

  function foretoldAt(p: Percentile): ReturnType<typeof calc> {
    return p === last
      ? foretold
      : calc(
          `${p.fact.name}.foretold`,
          subject,
          [logNormalQuantile(fit as NonNullable<typeof fit>, p.share), 'ms'],
          `log-normal read at ${p.label}`,
          [(first as Percentile).fact, (second as Percentile).fact],
        );
  }
}

function bearingsOf(
  context: Context,
  shape: 'heavier' | 'lighter' | 'wide' | 'one',
  subject: Subject,
  last: Percentile,
  foretold: ReturnType<typeof calc>,
): Reading['bearings'] {
  const because: Text = say`${last.label} ${num(last.fact)} where the lower percentiles foretell ${num(foretold, { digits: 2 })}`;
  if (shape === 'heavier') {
    return [
      ...['pool-exhausted', 'lock-wait', 'slow-dependency', 'new-dependency-call', 'missing-timeout'].map(
        (h) => bearing(context, h, subject, 0.4, because),
      ),
      bearing(context, 'inefficient-code', subject, -0.3, because),
    ];
  }
  if (shape === 'wide') {
    return ['n-plus-one', 'slow-statement', 'slow-dependency', 'pool-exhausted'].map((h) =>
      bearing(
        context,
        h,
        subject,
        0.3,
        say`${last.label} and the percentile below lie in one wide slow mode (${num(last.fact)})`,
      ),
    );
  }
  return shape === 'one' ? [bearing(context, 'cpu-saturation', subject, 0.3, because)] : [];
}

export default {
  id: 'percentile-shape',
  about:
    'Whether the percentiles are one population or a second mode: a log-normal through two foretells the third.',
  read,
} satisfies ReadingEntry;
