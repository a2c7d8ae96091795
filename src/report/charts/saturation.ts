import { type Fact, name, num, say, type Text, table } from '../../domain/index.js';
import type { Chart, Lookup } from '../page.js';
import { factWords, phaseWords, shown } from '../words.js';

/** Shares of a resource in use; above one is more than there is. */
const SHARES = [
  'cpu.utilisation',
  'memory.utilisation',
  'disk.utilisation',
  'network.utilisation',
  'connections.utilisation',
  'eventloop.utilisation',
];
const MOST = 10;

/** How full the resources are, as given, measured and as computed for the target load. */
export function saturationChart(look: Lookup): Chart | undefined {
  const facts = look.result.facts
    .filter((f) => f.unit === 'ratio' && f.value > 0 && f.value < 20)
    .filter(
      (f) =>
        SHARES.some((s) => f.name === s || f.name.startsWith(`${s}.`)) &&
        !(f.phase === 'target' && f.origin === 'stated'),
    )
    .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1))
    .slice(0, MOST);
  const [worst] = facts;
  if (facts.length < 2 || !worst) return undefined;
  const label = (f: Fact): Text => {
    const when = phaseWords(f);
    const what = SHARES.find((s) => f.name.startsWith(s)) ?? f.name;
    const whose = f.subject.id === look.result.case.app.id ? say`` : say`, ${name(f.subject.name)}`;
    return say`${factWords(what)}${whose}${when ? `, ${when}` : ''}`;
  };
  const over = worst.value > 1;
  return {
    id: 'saturation',
    title: over
      ? say`${label(worst)}: ${num(worst)} of what there is`
      : say`${label(worst)} is the fullest at ${num(worst)}`,
    howToRead: say`Share of each resource in use; the upright line is all of it, and queues grow long before it.`,
    groups: [
      {
        rows: facts.map((f) => ({
          label: label(f),
          value: shown(f),
          marks:
            f.value > 1
              ? [
                  { from: 0, to: 1, look: 'before' as const },
                  { from: 1, to: f.value, look: 'now' as const },
                ]
              : [{ from: 0, to: f.value, look: 'before' as const }],
        })),
      },
    ],
    max: Math.max(1.05, worst.value * 1.02),
    legend: { before: 'in use', now: 'beyond what there is' },
    lines: [{ at: 1, label: say`all of it` }],
    table: table(
      ['Resource', '> In use', 'Known by'],
      facts.map((f) => [
        label(f),
        shown(f),
        say`${f.origin === f.basis ? f.origin : `${f.origin}, ${f.basis}`}`,
      ]),
    ) as Chart['table'],
  };
}
