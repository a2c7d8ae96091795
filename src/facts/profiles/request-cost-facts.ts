import {
  type Block,
  derived,
  type Fact,
  measured,
  name,
  num,
  paragraph,
  range,
  say,
  subject,
  table,
} from '../../domain/index.js';
import { amdahl, type Estimate } from '../../models/request-cost.js';
import type { ToldProfile } from './profile-facts.js';
import { requestCost } from './request-cost.js';
import type { CountedRequests } from './requests-during.js';

/** Smaller shares are told by the profile itself, not as facts. */
const LEAST_SHARE = 0.02;
const MOST_CAUSES = 6;
/** Labels under which profilers write what a sample served. */
const OPERATION_LABEL =
  /^(?:endpoint|trace[ _.]endpoint|http[._]route|route|span[._ ]name|operation|handler|local root span name)$/i;

/**
 * What one request costs in processor time, by cause, what of its own mean time that is, and the most that leaving a
 * cause out can bring. Nothing when the profile does not tell its work as time.
 */
export function requestCostFacts(
  told: ToldProfile,
  counted: CountedRequests,
): { facts: Fact[]; blocks: Block[] } {
  const { given, seen, subject: about, phase, from } = told;
  const processes = counted.instances ?? 1;
  const cost = requestCost(given.profile, seen, {
    requests: counted.requests / processes,
    ...(counted.meanMs === undefined ? {} : { meanMs: counted.meanMs }),
  });
  if (!cost) return { facts: [], blocks: [] };
  const requests = measured(
    {
      name: 'profile.requests',
      subject: about,
      phase,
      value: Math.round(counted.requests / processes),
      unit: 'count',
    },
    from,
  );
  const inputs = [requests, ...counted.facts];
  const fact = (
    what: string,
    unit: 'ms' | 'ratio' | 'factor',
    e: Estimate,
    formula: string,
    by: Fact[] = inputs,
    on = about,
  ): Fact =>
    derived(
      { name: what, subject: on, phase, value: e.value, unit, interval: e.interval, n: seen.busySamples },
      formula,
      by,
    );
  const demand = fact(
    'profile.cpu.perRequest',
    'ms',
    cost.perRequestMs,
    'time at work in the profile ÷ requests in its time (service demand law)',
  );
  const facts: Fact[] = [requests, demand];
  const rows = cost.causes
    .filter((c) => c.cause.share >= LEAST_SHARE)
    .slice(0, MOST_CAUSES)
    .map(({ cause, costMs, wallShare }) => {
      const mine = fact(
        `profile.cost.${cause.cause}`,
        'ms',
        costMs,
        'share of the samples × processor time of a request',
        [demand],
      );
      facts.push(mine);
      if (!wallShare)
        return [say`${cause.title}`, say`${num(mine)}`, say`${range(mine)}`, say`not known`, say`not known`];
      const wall = fact(
        `profile.wall.${cause.cause}`,
        'ratio',
        wallShare,
        'processor time of a request for this cause ÷ mean time of a request',
        [mine, ...counted.facts],
      );
      const bound = fact(
        `profile.latencyBound.${cause.cause}`,
        'factor',
        {
          value: amdahl(wallShare.value),
          interval: [amdahl(wallShare.interval[0]), amdahl(wallShare.interval[1])],
        },
        '1 ÷ (1 − share of the mean time of a request): G. Amdahl, 1967',
        [wall],
      );
      facts.push(wall, bound);
      return [
        say`${cause.title}`,
        say`${num(mine)}`,
        say`${range(mine)}`,
        say`${range(wall)}`,
        say`${range(bound)}`,
      ];
    });
  const byOperation = operationCosts(told, counted, fact, demand);
  facts.push(...byOperation);
  const inRequests = shareInRequests(told);
  if (inRequests) facts.push(inRequests);
  const how =
    counted.by === 'spans'
      ? say`Its requests were counted from spans of the same time; where traces are sampled there were more, and each costs less.`
      : say`Its requests were counted by the rate of ${name(about.name)}, taken as if it held while the profile was recorded.`;
  const shared =
    processes > 1
      ? say` They are divided evenly over the processes that served them.`
      : counted.instances === undefined
        ? say` All are taken to be served by the profiled process: with several processes a request costs as many times more.`
        : [];
  const only = inRequests
    ? say` ${num(inRequests)} of the samples carry the id of a span: the rest is work beside requests, and counted in.`
    : [];
  return {
    facts,
    blocks: [
      paragraph(
        say`A request of ${name(about.name)} costs ${range(demand)} of processor time (${num(requests)} requests in the profile). ${how}${shared}${only}${cost.notWall === undefined ? [] : say` ${cost.notWall}`}`,
      ),
      ...(rows.length > 0
        ? [
            table(
              ['Spent on', '> For a request', '> 95 %', '> Of its mean time', '> Faster at most'],
              rows,
              say`What each cause costs one request; the last factor holds for the mean of requests that do not wait for a processor`,
            ),
          ]
        : []),
      ...(byOperation.length > 0
        ? [
            table(
              ['Operation', '> Processor time of one'],
              byOperation.map((f) => [say`${name(f.subject.name)}`, say`${range(f)}`]),
              say`By the operation that the samples are labelled with`,
            ),
          ]
        : []),
    ],
  };
}

/** Labels that name an operation of the service give each its own cost. */
function operationCosts(
  { given, seen, subject: about }: ToldProfile,
  counted: CountedRequests,
  fact: (what: string, unit: 'ms', e: Estimate, formula: string, by: Fact[], on: Fact['subject']) => Fact,
  demand: Fact,
): Fact[] {
  const whole = sumOfPrimary(given.profile);
  if (!(whole > 0) || given.profile.primary !== seen.sampleType) return [];
  const interval = demand.interval ?? [demand.value, demand.value];
  return given.profile.labels
    .filter((l) => OPERATION_LABEL.test(l.key) && l.weight > 0)
    .flatMap((l) => {
      const requests = counted.byOperation.get(l.value);
      if (!requests) return [];
      const factor = (l.weight / whole) * (counted.requests / requests);
      // Its own samples are fewer than all: their count widens the interval.
      const spread = Math.exp(1.96 / Math.sqrt(Math.max(1, (l.weight / whole) * seen.busySamples)));
      return fact(
        'profile.cpu.perRequest',
        'ms',
        {
          value: demand.value * factor,
          interval: [(interval[0] * factor) / spread, interval[1] * factor * spread],
        },
        'share of the samples with this label × time at work ÷ requests of the operation',
        [demand],
        subject('operation', l.value, about.name),
      );
    })
    .slice(0, MOST_CAUSES);
}

function shareInRequests({ given, subject: about, phase, from }: ToldProfile): Fact | undefined {
  const { inRequests } = given.profile;
  const whole = sumOfPrimary(given.profile);
  if (inRequests === undefined || !(whole > 0)) return undefined;
  return measured(
    {
      name: 'profile.inRequests.share',
      subject: about,
      phase,
      value: Math.min(1, inRequests / whole),
      unit: 'ratio',
    },
    from,
  );
}

function sumOfPrimary(profile: ToldProfile['given']['profile']): number {
  let sum = 0;
  for (const v of profile.tree.values[profile.primary] ?? []) sum += v;
  return sum;
}
