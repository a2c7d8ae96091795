import type { TypeOption } from '../../capacity/instance-types.js';
import type { Today } from '../../capacity/today.js';
import type { WhatIf } from '../../capacity/what-if.js';
import type { InstancePrice, PriceBook } from '../../knowledge/prices.js';
import { short } from '../../report/load-run.js';
import { latency } from './plan-text.js';
import type { Types } from './prices.js';
import { columns, percent } from './words.js';

/** What the type that was tried does to the bill of these instances, in a sentence. */
export function typeLines(today: Today, change: WhatIf, { from, to }: Types, book: PriceBook): string[] {
  if (!to) return [];
  const cores = to.cores / from.cores;
  const count = (change.capacity ?? cores) / cores;
  const bill = (count * to.perHour) / from.perHour - 1;
  const limit = today.costLimit;
  return [
    `${to.type} for ${from.type}${today.instances === undefined ? '' : `, ${short(today.instances * count)} of them`}: ${signed(bill)} of the bill of these instances${limit === undefined ? '' : bill > limit + 1e-9 ? `, above the limit of +${percent(limit)} if they are all of it` : `, within the limit of +${percent(limit)}`} (${book.source}, ${book.date})${to.speed === undefined || from.speed === undefined ? '; how fast a core is, the price book does not say: taken as equal, measure it (field speed)' : ''}${to.memoryGiB < from.memoryGiB ? `; memory an instance falls from ${short(from.memoryGiB)} to ${short(to.memoryGiB)} GiB, check that it fits` : ''}.`,
  ];
}

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

/** Every type of the price book for the load asked for, the cheapest first. */
export function fleetTable(
  today: Today,
  from: InstancePrice,
  fleet: readonly TypeOption[] | undefined,
  book: PriceBook,
): string[] {
  if (!fleet) return ['Types of instances: untested, nothing says how busy what grows with instances is.'];
  const limit = today.costLimit;
  return [
    `Types of instances for that load, against ${today.instances === undefined ? 'what runs' : short(today.instances)} of ${from.type} (${book.source}, ${book.date})`,
    ...columns([
      [
        '',
        'instances',
        'a core’s speed',
        'busy',
        'p99 ms',
        `${book.currency} an hour`,
        'bill',
        limit === undefined ? '' : `limit +${percent(limit)}`,
      ],
      ...fleet.map((o) => [
        o.type,
        today.instances === undefined ? `${short(o.count)}×` : String(o.count),
        `${short(o.speed)}×`,
        percent(o.used),
        latency(o.p99),
        today.instances === undefined ? '–' : short(o.billPerHour),
        signed(o.billChange),
        limit === undefined ? '' : o.billChange <= limit + 1e-9 ? 'within' : 'above',
      ]),
    ]),
    ...[...new Set(fleet.flatMap((o) => o.check))].map((what) => `  ${what}: ${whichOf(fleet, what)}.`),
  ];
}

const whichOf = (fleet: readonly TypeOption[], what: string): string => {
  const named = fleet.filter((o) => o.check.includes(what)).map((o) => o.type);
  return named.length === fleet.length ? 'all of them' : named.join(', ');
};
