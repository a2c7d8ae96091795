import {
  type Context,
  constant,
  type Fact,
  list,
  name,
  num,
  type Reading,
  type ReadingEntry,
  type Subject,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { isWhole, NOW } from './load.js';
import { labelOf, requestSubject } from './percentiles.js';

const RESERVE = constant(
  'budget.reserve',
  0.1,
  'ratio',
  'Part of a latency target kept back for what is not in the budget: queueing, collection, network',
);
const PARTS = [
  'latency.p99',
  'latency.p95',
  'latency.mean',
  'latency.p50',
  'pool.wait.p99',
  'pool.wait.mean',
  'lock.wait.p99',
  'lock.wait.mean',
  'gc.pause.p99',
  'gc.pause.mean',
  'eventloop.delay.p99',
];

/** What is left of the latency target after a reserve, the old path and the parts whose times are known. */
function read(context: Context): Reading[] {
  const subject = requestSubject(context);
  const aim = context.facts
    .every({
      name: ['latency.p99', 'latency.p95', 'latency.p90', 'latency.p50', 'latency.mean'],
      phase: ['target', 'planned'],
    })
    .find((f) => isWhole(context, f.subject) || f.subject.id === subject?.id);
  if (!aim || !subject) return [];
  const label = labelOf(aim.name);
  const reserve = calc(
    'budget.reserveMs',
    subject,
    [aim.value * RESERVE.value, 'ms'],
    'target × reserve',
    [aim, RESERVE],
    'target',
  );
  const before = context.facts.find({ name: aim.name, subject, phase: 'baseline' });
  const added = context.changes.filter((c) => c.mechanisms.includes('call-added'));
  const callee = context.components.find(
    (c) => added.some((a) => a.touches.includes(c.subject.id)) && !isWhole(context, c.subject),
  );
  const parts = partsOf(context, subject);
  const sum = (facts: Fact[]): number => facts.reduce((s, f) => s + f.value, 0);
  if (before && added.length > 0 && before.value < aim.value - reserve.value) {
    const left = calc(
      'budget.leftForAdded',
      subject,
      [aim.value - before.value - reserve.value, 'ms'],
      'target − before − reserve',
      [aim, before, reserve],
      'target',
    );
    const who = callee ? say`${name(callee.subject.name)}` : say`the added call`;
    const takes = callee && parts.find((p) => p.subject.id === callee.subject.id);
    const over =
      takes && takes.value > left.value
        ? calc(
            'budget.addedOver',
            takes.subject,
            [takes.value - left.value, 'ms'],
            'time of the added call − what is left for it',
            [takes, left],
          )
        : undefined;
    const within = parts.filter((p) => p !== takes && p.value < before.value);
    return reading('latency-budget', {
      id: subject.id,
      topic: 'budget',
      subject,
      headline: say`The ${label} target of ${num(aim)} leaves ${who} at most ${num(left)}: the path of before takes ${num(before)} of it and ${num(reserve)} is kept in reserve; ${over && takes ? say`it takes ${num(takes)} (${word(takes)}), ${num(over)} too much, so it has to leave the serial path or get that deadline` : takes ? say`it takes ${num(takes)} (${word(takes)}) and fits` : 'that is its deadline while it stays on the serial path, and zero is its cost off it'}.`,
      arithmetic: [
        table(
          ['Part', `> ${label} it may take`],
          [
            [say`Path as before the change`, say`${num(before)}`],
            ...within.map((p): Text[] => [say`— of it ${name(p.subject.name)}, as said`, say`${num(p)}`]),
            [say`Added: ${who}`, say`${num(left)}`],
            [say`Reserve of ${num(RESERVE)}`, say`${num(reserve)}`],
            [say`Target`, say`${num(aim)}`],
          ],
        ),
      ],
      assumptions: [
        say`Percentiles of parts in series do not add up exactly; taking the sum is on the safe side.`,
        say`The ${num(before)} of before was without the added call, and returns when what else changed is undone.`,
      ],
      bearings:
        over && takes && callee
          ? [
              bearing(
                context,
                'new-dependency-call',
                callee.subject,
                1.2,
                say`${num(takes)} on the path where ${num(left)} is left`,
              ),
            ]
          : [],
      weight: over ? 0.86 : 0.7,
    });
  }
  const known = parts.filter((p) => p.value < aim.value);
  const tooLong = parts.filter((p) => p.value >= aim.value);
  if (parts.length === 0) return [];
  if (tooLong[0]) {
    const over = tooLong[0];
    return reading('latency-budget', {
      id: subject.id,
      topic: 'budget',
      subject,
      headline: say`${name(over.subject.name)} alone takes ${num(over)} (${word(over)}), more than the whole ${label} target of ${num(aim)}: it must leave the request’s path or become faster before anything else can count.`,
      arithmetic: [budgetTable(parts, aim, reserve, label)],
      assumptions: [say`${name(over.subject.name)} is on the path of these requests, and not beside it.`],
      weight: 0.8,
    });
  }
  const left = calc(
    'budget.left',
    subject,
    [aim.value - reserve.value - sum(known), 'ms'],
    'target − reserve − known parts',
    [aim, reserve, ...known],
    'target',
  );
  return reading('latency-budget', {
    id: subject.id,
    topic: 'budget',
    subject,
    headline:
      left.value > 0
        ? say`Of the ${label} target of ${num(aim)}, ${list(known.map((p) => say`${name(p.subject.name)} takes ${num(p)}`))} and ${num(reserve)} is reserve: ${num(left)} is left for everything whose time was not said.`
        : say`If one request goes through all of them in turn, the parts alone are over the ${label} target of ${num(aim)}: ${list(known.map((p) => say`${name(p.subject.name)} ${num(p)}`))} and a reserve of ${num(reserve)}.`,
    arithmetic: [budgetTable(parts, aim, reserve, label)],
    assumptions: [
      say`The parts run one after the other, once each; a mean stands for a part whose ${label} was not said, which is too kind to it.`,
    ],
    weight: left.value > 0 ? 0.5 : 0.75,
  });
}

const word = (f: Fact): string =>
  f.name.startsWith('latency.')
    ? labelOf(f.name)
    : f.name.startsWith('gc.')
      ? 'one collection pause'
      : f.name.startsWith('pool.wait')
        ? 'the wait for a connection'
        : f.name.startsWith('lock.wait')
          ? 'the wait for a lock'
          : f.name;

const RANK = ['p50', 'mean', 'p95', 'p99'];

/** A part whose time is beyond what nearly all whole requests take is not waited for by them. */
export function isOffPath(context: Context, whole: Subject, part: Fact): boolean {
  const rank = (f: Fact): number => RANK.indexOf(f.name.split('.').at(-1) ?? '');
  return RANK.some((stat) => {
    const all = context.facts.find({ name: `latency.${stat}`, subject: whole, phase: NOW });
    return all !== undefined && rank(all) >= 2 && rank(all) >= rank(part) && part.value > all.value;
  });
}

/** One time for each part of the path: the tail where it was said. Not the requests themselves. */
function partsOf(context: Context, whole: Subject): Fact[] {
  const seen = new Map<string, Fact>();
  for (const n of PARTS) {
    for (const f of context.facts.every({ name: n, phase: NOW })) {
      const outside =
        f.subject.kind === 'operation' ||
        f.subject.kind === 'queue' ||
        isWhole(context, f.subject) ||
        f.subject.id === whole.id ||
        f.subject.kind === 'client' ||
        f.subject.kind === 'class' ||
        isOffPath(context, whole, f);
      if (!outside && !seen.has(f.subject.id)) seen.set(f.subject.id, f);
    }
  }
  return [...seen.values()];
}

function budgetTable(
  parts: readonly Fact[],
  aim: Fact,
  reserve: Fact,
  label: string,
): ReturnType<typeof table> {
  const part = (f: Fact): Fact =>
    calc(`budget.share.${f.subject.id}`, f.subject, [f.value / aim.value, 'ratio'], 'time ÷ target', [
      f,
      aim,
    ]);
  return table(
    ['Part', '> Time', '> Of the target'],
    [
      ...parts.map((p): Text[] => [
        say`${name(p.subject.name)} (${word(p)})`,
        say`${num(p)}`,
        say`${num(part(p), { digits: 2 })}`,
      ]),
      [say`Reserve`, say`${num(reserve)}`, say`${num(RESERVE)}`],
      [say`Target (${label})`, say`${num(aim)}`, say``],
    ],
  );
}

export default {
  id: 'latency-budget',
  about:
    'What is left of the latency target after a reserve, the path of before and the parts whose times are known.',
  read,
} satisfies ReadingEntry;
