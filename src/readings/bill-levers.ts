import {
  type Context,
  type Fact,
  join,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { calc, reading } from './compose.js';

interface Part {
  label: string;
  share: Fact;
  amount?: Fact;
  /** What of it would have to go if it alone brought the saving; beyond one it cannot. */
  alone: Fact;
}

/** The bill of a month as it is now. */
const billOf = (context: Context): Fact | undefined =>
  context.facts.find({ name: 'cost.monthly', subject: context.app, phase: ['incident', 'peak', 'any'] });

/** The saving that is asked for, as a part of the bill: said as such, or by the bill that is to be reached. */
export function savingAsked(context: Context): Fact | undefined {
  const change = context.facts.every({ name: 'cost.change' }).find((f) => f.value < 0);
  if (change)
    return calc('bill.asked', context.app, [-change.value, 'ratio'], 'the saving asked for', [change]);
  const now = billOf(context);
  const aim = ['cost.monthly', 'cost.stated']
    .flatMap((n) => context.facts.every({ name: n, phase: 'target' }))
    .find((f) => now && f.value < now.value && f.value > now.value / 4);
  return now && aim
    ? calc(
        'bill.asked',
        context.app,
        [1 - aim.value / now.value, 'ratio'],
        'all − bill asked for ÷ bill now',
        [aim, now],
      )
    : undefined;
}

/** Which parts of the bill can bring the saving that is asked for, and how much of each it would take alone. */
function read(context: Context): Reading[] {
  const asked = savingAsked(context);
  if (!asked) return [];
  const bill = billOf(context);
  const parts = partsOf(context, asked, bill);
  if (parts.length < 2) return [];
  const able = parts.filter((p) => p.alone.value <= 1);
  const unable = parts.filter((p) => p.alone.value > 1);
  const sum =
    bill &&
    calc(
      'bill.saving',
      context.app,
      [bill.value * asked.value, 'currency/month'],
      'bill × saving asked for',
      [bill, asked],
    );
  const amount = (p: Part): Text => (p.amount ? say` (${num(p.amount)})` : say``);
  const can = join(
    able
      .slice(0, 3)
      .map((p) => say`${name(p.label)}${amount(p)} by giving ${num(p.alone, { digits: 2 })} of itself`),
    ', ',
  );
  const cannot = join(
    unable.slice(0, 4).map((p) => say`${name(p.label)}${amount(p)}`),
    ', ',
  );
  const head = say`${num(asked, { digits: 2 })} off the bill${sum ? say` is ${num(sum)}` : ''}: `;
  return reading('bill-levers', {
    id: context.app.id,
    topic: 'cost',
    subject: context.app,
    headline:
      able.length === 0
        ? say`${head}no part that was said can bring it alone: ${cannot} are each smaller than that.`
        : unable.length === 0
          ? say`${head}${can} could bring it alone.`
          : say`${head}${can} could bring it alone; ${cannot} cannot, whatever is saved there.`,
    arithmetic: [
      table(
        ['Part of the bill', '> A month', '> Of the bill', '> Would have to give, alone'],
        parts.map((p): Text[] => [
          say`${name(p.label)}`,
          p.amount ? say`${num(p.amount)}` : say`not said`,
          say`${num(p.share, { digits: 2 })}`,
          p.alone.value <= 1 ? say`${num(p.alone, { digits: 2 })}` : say`more than all of it`,
        ]),
      ),
    ],
    weight: 0.9,
  });
}

function partsOf(context: Context, asked: Fact, bill: Fact | undefined): Part[] {
  const shares = context.facts.every({ name: 'cost.share' }).map((share) => ({
    label: clean(share.subject.name),
    share,
    amount:
      bill &&
      calc('bill.part', share.subject, [share.value * bill.value, 'currency/month'], 'part × bill', [
        share,
        bill,
      ]),
  }));
  const sums =
    bill === undefined
      ? []
      : context.facts
          .every({ name: 'cost.stated' })
          .filter((f) => f.phase !== 'target' && f.condition !== undefined && f.value < bill.value)
          .map((f) => {
            const about = { ...f.subject, id: `${f.subject.id}/${f.condition ?? ''}` };
            return {
              label: clean(f.condition ?? ''),
              amount: calc('bill.part', about, [f.value, 'currency/month'], 'as said, for a month', [f]),
              share: calc('bill.partShare', about, [f.value / bill.value, 'ratio'], 'part ÷ bill', [f, bill]),
            };
          });
  const seen = new Set<string>();
  return [...shares, ...sums]
    .filter((p) => p.share.value > 0 && p.label !== '' && !seen.has(p.label) && seen.add(p.label))
    .sort((a, b) => b.share.value - a.share.value)
    .map(({ amount, ...p }) => ({
      ...p,
      ...(amount ? { amount } : {}),
      alone: calc(
        'bill.alone',
        { ...p.share.subject, id: `${p.share.subject.id}/alone` },
        [asked.value / p.share.value, 'ratio'],
        'saving asked for ÷ part of the bill',
        [asked, p.share],
      ),
    }));
}

/** A label as it was said, without the bracket that its list began with. */
const clean = (text: string): string => text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');

export default {
  id: 'bill-levers',
  about: 'Which parts of the bill can bring the saving asked for, and how much of each that would take.',
  read,
} satisfies ReadingEntry;
