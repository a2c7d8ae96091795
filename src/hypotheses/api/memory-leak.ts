import { type Hypothesis, name, num, range, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { heapDump, signalOr } from '../commands/runtime.js';
import { commonClaims } from '../common-growth.js';
import { before, concerns, now, timesOf } from '../evidence.js';
import { absent, complaint, decide, full, level, rise, seen } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { isNamed, services } from '../subjects.js';
import { MEMORY_FULL, RISE, STRONG_RISE } from '../thresholds.js';
import { twoReadings } from '../window.js';

/** Share of the time in collections from which they cost requests something. */
const COSTLY = 0.05;
const MEMORY = ['heap.used', 'memory.used', 'memory.utilisation'];

export default {
  id: 'memory-leak',
  layer: 'api',
  title: 'Memory grows without more load',
  mechanism:
    'Objects that nothing frees fill the memory; collections, swapping and restarts follow, later than the change that began it.',
  startedBy: ['code-change', 'library-upgrade', 'runtime-upgrade', 'cache-change', 'feature-flag'],
  explains: ['memory-growth', 'gc-pauses', 'errors', 'cold-start'],
  prior: 0.04,
  subjects: (context) =>
    services(context)
      .map((c) => c.subject)
      .filter((s) => concerns(context, s, MEMORY, ['memory-growth'])),
  predictions: [
    {
      id: 'grows-at-equal-load',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`memory of ${name(s.name)} rising at an equal request rate`,
        (context, s) => {
          const is = now(context, MEMORY, s);
          const was = is && before(context, is.name, s, is);
          if (!is || !was) return undefined;
          const rate = now(context, 'throughput', s);
          const rateWas = rate && before(context, 'throughput', s, rate);
          const load = rate && rateWas ? timesOf(rate, rateWas) : 1;
          const says = say`memory of ${name(s.name)}: ${num(was)} → ${num(is)}${rate && rateWas ? say` at ${num(rateWas)} → ${num(rate)}` : ''}`;
          // Memory that grows with the load is working space, not a leak.
          return timesOf(is, was) >= RISE.value * Math.max(1, load)
            ? seen(says, [is, was, RISE])
            : absent(says, [is, was, RISE]);
        },
        complaint('memory-growth'),
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'memory', s, heapDump(context, s)), {
          question: say`Does memory of ${name(s.name)} rise from restart to restart at equal load?`,
          signal: say`memory in use after collection, over days, beside the request rate and deploys`,
          window: say`from the last restart of ${name(s.name)} to now, at least one day`,
          decides: say`A line that climbs until a restart: it holds. A line that follows the load: ruled out.`,
        }),
    },
    {
      id: 'floor-climbs',
      whenSeen: 1.6,
      whenAbsent: -0.5,
      test: decide(
        (_, s) => say`the heap of ${name(s.name)} after collections climbing steadily`,
        (context, s) => {
          const slope = now(context, 'heap.floor.slope', s);
          const floor = slope && now(context, 'heap.floor', s);
          if (!slope || !floor) return undefined;
          const rate = now(context, 'throughput', s);
          const rateWas = rate && before(context, 'throughput', s, rate);
          // A heap that climbs while the load does may hold no more than the work in hand.
          if (rate && rateWas && timesOf(rate, rateWas) >= RISE.value) return undefined;
          const left = now(context, 'heap.timeToLimit', s);
          return seen(
            say`the heap of ${name(s.name)} after collections climbs by ${range(slope)} and is at ${num(floor)}${left ? say`; going on so it meets its limit in ${range(left)}` : ''}`,
            [slope, floor, ...(left ? [left] : [])],
          );
        },
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'memory', s, heapDump(context, s)), {
          question: say`Does what ${name(s.name)} keeps after each collection climb while its load is level?`,
          signal: say`heap in use, read at least every minute, beside the request rate`,
          window: say`long enough for some tens of collections`,
          decides: say`The lows of the saw-tooth climb: it holds. They stay level without a restart in between: ruled out.`,
        }),
    },
    {
      id: 'collections-cost-more',
      whenSeen: 1.6,
      whenAbsent: -0.6,
      test: decide(
        (_, s) => say`more time of ${name(s.name)} in collections than before`,
        (context, s) => {
          const risen = rise({ fact: 'gc.pause.share', what: 'time in collections', by: STRONG_RISE })(
            context,
            s,
          );
          const share = now(context, 'gc.pause.share', s);
          // Twice next to nothing is next to nothing.
          return risen?.outcome === 'seen' && share && share.value < COSTLY
            ? absent(risen.says, risen.facts)
            : risen;
        },
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'memory', s, heapDump(context, s)), {
          question: say`Does the time ${name(s.name)} spends in collections grow with its memory?`,
          signal: say`time in collections and heap in use, on one axis`,
          window: twoReadings(context),
          decides: say`Both climb at equal load: it holds. Collections cost the same: what grows does no harm yet.`,
        }),
    },
    {
      id: 'near-limit',
      whenSeen: 1,
      whenAbsent: -1,
      test: decide(
        say`memory close to its limit`,
        full({
          used: ['heap.used', 'memory.used'],
          limit: ['heap.limit', 'memory.limit'],
          at: MEMORY_FULL,
          what: 'memory in use',
        }),
        level({ fact: 'memory.utilisation', at: MEMORY_FULL, what: 'memory in use' }),
      ),
      measure: (context, s) =>
        ask('api', heapDump(context, s), {
          question: say`Which objects of ${name(s.name)} only ever grow?`,
          signal: say`live objects by type, difference of two snapshots at equal load`,
          window: twoReadings(context),
          decides: say`One type that grows and who holds it: that is the leak. The same types in the same numbers: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const is = now(context, MEMORY, subject);
    return {
      title: say`Memory of ${name(subject.name)} grows${is ? say` (${num(is)})` : ''}`,
      statement: say`${is ? say`${name(subject.name)} uses ${num(is)} of memory. ` : ''}If something in ${name(subject.name)} keeps what it no longer needs, collections take longer with its age and end in a restart.`,
      refutedIf: say`Memory of ${name(subject.name)} follows its load and comes back down after a peak.`,
    };
  },
  // Collections take longer with what they have to keep; while they stop the process, all it waits for is late too.
  claims: (context, subject) => {
    const share = now(context, 'gc.pause.share', subject);
    const was = share && before(context, 'gc.pause.share', subject, share);
    const dearer = share !== undefined && was !== undefined && timesOf(share, was) >= STRONG_RISE.value;
    return [
      ...claimCells(cellsOf(context, ['gc'], subject).filter((c) => isNamed(subject, c.service))),
      ...(dearer ? commonClaims(context, subject) : []),
    ];
  },
  remedies: ['fix-leak', 'tune-collector', 'roll-back-change'],
} satisfies Hypothesis;
