import {
  type Context,
  name,
  num,
  type Reading,
  type ReadingEntry,
  type Subject,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, reading } from './compose.js';
import { isWhole } from './load.js';
import { latencySubjects, percentilesOf } from './percentiles.js';

/** Which percentiles rose: all alike means everything slowed, the last alone means a few requests did. */
function read(context: Context): Reading[] {
  return latencySubjects(context).flatMap((s) => ofSubject(context, s));
}

function ofSubject(context: Context, subject: Subject): Reading[] {
  const before = percentilesOf(context, subject, ['baseline']);
  const now = percentilesOf(context, subject, ['incident', 'peak', 'any']);
  const both = now.flatMap((n) => {
    const b = before.find((x) => x.label === n.label);
    return b
      ? [
          {
            label: n.label,
            before: b.fact,
            now: n.fact,
            grown: calc(
              `${n.fact.name}.grown`,
              subject,
              [n.fact.value / b.fact.value, 'factor'],
              'now ÷ before',
              [n.fact, b.fact],
            ),
          },
        ]
      : [];
  });
  const [low, high] = [both[0], both[both.length - 1]];
  if (!low || !high || low === high) return [];
  const tailOnly =
    (low.grown.value < 1.3 && high.grown.value > 1.5 * low.grown.value) ||
    (low.grown.value < 2 && high.grown.value > 3 * low.grown.value);
  const alike = high.grown.value < 1.35 * low.grown.value && low.grown.value > 1.2;
  if (!tailOnly && !alike) return [];
  const who = isWhole(context, subject) ? say`requests` : say`${name(subject.name)}`;
  const because = say`${low.label} grew ${num(low.grown, { digits: 2 })}, ${high.label} ${num(high.grown, { digits: 2 })}`;
  const whole = isWhole(context, subject);
  return reading('percentile-growth', {
    id: subject.id,
    topic: 'latency-shape',
    layer: componentOf(context, subject)?.layer ?? 'api',
    subject,
    headline: tailOnly
      ? say`It is the tail of ${who} that slowed: ${low.label} ${num(low.before)} → ${num(low.now)} (${num(low.grown, { digits: 2 })}), ${high.label} ${num(high.before)} → ${num(high.now)} (${num(high.grown, { digits: 2 })}); most requests do not meet the cause, so a cause shared by all is unlikely.`
      : say`All of ${who} slowed alike: ${low.label} ${num(low.before)} → ${num(low.now)} (${num(low.grown, { digits: 2 })}), ${high.label} ${num(high.before)} → ${num(high.now)} (${num(high.grown, { digits: 2 })}); the cause lies on the path of every request.`,
    arithmetic: [
      table(
        ['Percentile', '> Before', '> Now', '> Grown'],
        both.map((b) => [
          say`${b.label}`,
          say`${num(b.before)}`,
          say`${num(b.now)}`,
          say`${num(b.grown, { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [say`Both were read under a like load and mix.`],
    bearings: whole
      ? tailOnly
        ? [
            bearing(context, 'cpu-saturation', subject, -0.5, because),
            bearing(context, 'lock-wait', subject, 0.4, because),
            bearing(context, 'slow-dependency', subject, 0.4, because),
            bearing(context, 'gc-pressure', subject, 0.4, because),
          ]
        : [
            bearing(context, 'cpu-saturation', subject, 0.5, because),
            bearing(context, 'inefficient-code', subject, 0.4, because),
            bearing(context, 'new-dependency-call', subject, 0.3, because),
          ]
      : [],
    weight: 0.72,
  });
}

export default {
  id: 'percentile-growth',
  about: 'Whether all percentiles rose alike or only the tail, and what kind of cause that asks for.',
  read,
} satisfies ReadingEntry;
