import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { memoryEvents } from '../commands/platform.js';
import { heapDump } from '../commands/runtime.js';
import { concerns, now, uniqueById } from '../evidence.js';
import { decideAlways, full, level } from '../outcomes.js';
import { databases, services } from '../subjects.js';
import { MEMORY_FULL, ONE, WAITS_FOR_DISK } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['memory.oomKills', 'memory.pressure', 'memory.utilisation', 'memory.used'];

export default {
  id: 'memory-limit',
  layer: 'infrastructure',
  title: 'Processes reach their memory limit and are ended or swap',
  mechanism:
    'A process at its limit is ended by the kernel, or reclaims memory on every request; those in flight fail and the rest carries their load.',
  startedBy: [
    'infrastructure-change',
    'code-change',
    'data-growth',
    'library-upgrade',
    'traffic-change',
    'config-change',
    'scaling-change',
  ],
  explains: ['memory-growth', 'errors', 'timeouts', 'tail-latency', 'throughput-drop'],
  prior: 0.03,
  subjects: (context) =>
    uniqueById(
      [...services(context), ...databases(context)]
        .map((c) => c.subject)
        .filter((s) => concerns(context, s, FACTS, ['memory-growth'])),
    ),
  predictions: [
    {
      id: 'ended-for-memory',
      whenSeen: 3,
      whenAbsent: -1.6,
      test: decideAlways(
        (_, s) => say`processes of ${name(s.name)} ended for lack of memory`,
        level({ fact: 'memory.oomKills', at: ONE, what: 'processes ended for memory' }),
        level({ fact: 'memory.pressure', at: WAITS_FOR_DISK, what: 'time waiting for memory' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', memoryEvents(s), {
          question: say`Were processes of ${name(s.name)} ended for lack of memory in the trouble?`,
          signal: say`restarts with their reason; memory in use of its limit; kill counter of the kernel`,
          window: aroundTrouble(context),
          decides: say`Restarts for memory at the times of errors: it holds. No restart and room left: ruled out.`,
        }),
    },
    {
      id: 'at-the-limit',
      necessary: true,
      whenSeen: 1.5,
      whenAbsent: -2.4,
      test: decideAlways(
        (_, s) => say`memory of ${name(s.name)} at ${num(MEMORY_FULL)} of its limit or more`,
        level({ fact: 'memory.utilisation', at: MEMORY_FULL, what: 'memory in use' }),
        full({ used: 'memory.used', limit: 'memory.limit', at: MEMORY_FULL, what: 'memory in use' }),
      ),
      measure: (context, s) =>
        ask('api', heapDump(context, s), {
          question: say`What fills the memory of ${name(s.name)}: its heap, buffers beside it, or files in cache?`,
          signal: say`resident memory by kind, and live objects by class`,
          window: aroundTrouble(context),
          decides: say`Live data that fits its work: raise the limit. Data that grows without end: a leak. Much beside the heap: bound that.`,
        }),
    },
  ],
  describe(context, subject) {
    const kills = now(context, 'memory.oomKills', subject);
    const used = now(context, 'memory.utilisation', subject);
    const limit = now(context, 'memory.limit', subject);
    return {
      title: say`${name(subject.name)} reaches its memory limit${used ? say` (${num(used)})` : limit ? say` (${num(limit)})` : ''}`,
      statement: say`${kills ? say`${num(kills)} processes of ${name(subject.name)} were ended for lack of memory. ` : used ? say`Memory of ${name(subject.name)} is ${num(used)} full. ` : ''}When a process of ${name(subject.name)} is ended at its limit, its requests fail at once and the others take over its load until it is back.`,
      refutedIf: say`No process of ${name(subject.name)} was ended for memory, and its memory keeps a distance to the limit.`,
    };
  },
  remedies: ['raise-memory-limit', 'fix-leak', 'tune-collector'],
} satisfies Hypothesis;
