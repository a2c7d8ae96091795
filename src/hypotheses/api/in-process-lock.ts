import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { placement } from '../commands/platform.js';
import { cpuProfile, waitProfile } from '../commands/runtime.js';
import { changed, concerns, now, symptom } from '../evidence.js';
import { absent, complaint, decide, seen, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { profileShare, shareNames } from '../profile-shares.js';
import { has, isNamed, mainService, runtimeOf, services } from '../subjects.js';
import { CPU_KNEE, MOST_OF_TIME, PROFILE_SHARE } from '../thresholds.js';
import { aroundTrouble, twoProfiles } from '../window.js';

/** Waits for a lock inside the process, not for a row of a database. */
const waits = (context: Context, s: Subject) =>
  cellsOf(context, ['lock-wait'], s).filter(
    (c) => isNamed(s, c.service) && c.peer?.kind !== 'database' && c.statement === undefined,
  );

const heldUp = profileShare({
  causes: ['lock-contention', 'gil-held'],
  at: PROFILE_SHARE,
  what: 'threads held up by a lock',
});

export default {
  id: 'in-process-lock',
  layer: 'api',
  title: 'Threads wait for a lock inside the process',
  mechanism:
    'One thread at a time passes a mutex, a synchronised block or an interpreter lock; more threads or processors bring nothing.',
  startedBy: ['code-change', 'library-upgrade', 'runtime-upgrade', 'concurrency-change', 'logging-change'],
  explains: ['lock-contention', 'throughput-drop', 'tail-latency'],
  prior: 0.03,
  subjects(context) {
    const main = mainService(context).subject.id;
    return services(context)
      .filter((c) => ['multi-threaded', 'global-lock', 'thread-per-request'].some((t) => has(context, c, t)))
      .map((c) => c.subject)
      .filter(
        (s) =>
          waits(context, s).length > 0 ||
          concerns(context, s, shareNames('lock-contention', 'gil-held')) ||
          symptom(context, ['lock-contention'], s)?.subject?.id === s.id ||
          (s.id === main &&
            changed(context, 'concurrency-change') &&
            symptom(context, ['throughput-drop', 'lock-contention'], s) !== undefined),
      );
  },
  predictions: [
    {
      id: 'waits-for-lock',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`a material part of slow requests waiting for a lock inside ${name(s.name)}`,
        spent({
          kinds: ['lock-wait'],
          what: 'waiting for a lock in the process',
          as: 'lock',
          where: (c) => c.peer?.kind !== 'database' && c.statement === undefined,
        }),
        heldUp,
        (context, s) =>
          symptom(context, ['lock-contention'], s)?.subject?.id === s.id
            ? complaint('lock-contention')(context, s)
            : undefined,
      ),
      measure: (context, s) =>
        ask('api', waitProfile(context, s), {
          question: say`Which lock do the threads of ${name(s.name)} wait for, and who holds it?`,
          signal: say`time blocked by lock and by holder`,
          window: aroundTrouble(context),
          decides: say`One lock with most of the blocked time: it holds, and names the code. Blocked time near nothing: ruled out.`,
        }),
    },
    {
      id: 'processors-idle',
      whenSeen: 0.9,
      whenAbsent: -1.2,
      test: decide(say`processors not full although throughput no longer grows`, (context, s) => {
        const cpu = now(context, 'cpu.utilisation', s);
        if (cpu?.subject.id !== s.id) return undefined;
        const says = say`processors of ${name(s.name)}: ${num(cpu)}`;
        return cpu.value < CPU_KNEE.value ? seen(says, [cpu, CPU_KNEE]) : absent(says, [cpu, CPU_KNEE]);
      }),
      measure: (context, s) =>
        ask('api', placement(context, s), {
          question: say`Do the processors of ${name(s.name)} stay idle while requests queue?`,
          signal: say`processor utilisation and throughput while load rises`,
          window: aroundTrouble(context),
          decides: say`Throughput flat below ${num(CPU_KNEE)}: something serialises. Processors full: they are the limit.`,
        }),
    },
    {
      id: 'one-holder',
      whenSeen: 1,
      whenAbsent: -0.6,
      test: decide(
        say`one section of code runs whenever others wait`,
        profileShare({
          causes: ['gil-held'],
          at: MOST_OF_TIME,
          what: 'one thread at work while others are there',
        }),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`What runs in ${name(s.name)} while the lock is held?`,
          signal: say`stacks of the holder, slow against quiet`,
          window: twoProfiles(context),
          decides: say`One call (a log write, a pool, a cache) under the lock: move it out. Many short ones: split the lock.`,
        }),
    },
  ],
  describe(context, subject) {
    const runtime = runtimeOf(context, subject);
    const product = runtime ? context.knowledge.product(runtime) : undefined;
    const gil = product?.traits.includes('global-lock');
    return {
      title: say`Threads of ${name(subject.name)} wait for one another`,
      statement: say`${gil ? say`${name(product?.name ?? '')} lets one thread of a process run at a time. ` : ''}While one thread of ${name(subject.name)} holds a lock, the others wait for it, so throughput stays level with processors to spare.`,
      refutedIf: say`Threads of ${name(subject.name)} spend next to no time blocked on locks.`,
    };
  },
  // Where a profile shows the lock, what the service takes longer itself is the wait for it: no span tells it apart.
  claims: (context, subject) => [
    ...claimCells(waits(context, subject)),
    ...(heldUp(context, subject)?.outcome === 'seen'
      ? claimCells(
          cellsOf(context, ['self', 'queue-gap'], subject).filter((c) => isNamed(subject, c.service)),
        )
      : []),
  ],
  remedies: ['scale-out-service', 'move-cpu-off-request-path', 'log-asynchronously'],
} satisfies Hypothesis;
