import {
  bullets,
  type Context,
  list,
  name,
  type Question,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
} from '../domain/index.js';
import { reading } from './compose.js';
import { loadPoints, NOW } from './load.js';
import { databases, mainService, ofKind } from './parts.js';
import { requestSubject } from './percentiles.js';
import { streams } from './stream.js';

interface Missing {
  what: Text;
  question: Question;
}

/** What the case lacks that the plan hangs on most: each with what would change and where to look. */
function read(context: Context): Reading[] {
  if (context.symptoms.length === 0 && context.facts.all.length === 0) return [];
  const missing = [
    ...load(context),
    ...latency(context),
    ...processors(context),
    ...queues(context),
    ...deploys(context),
    ...cache(context),
  ].sort((a, b) => b.question.weight - a.question.weight);
  if (missing.length === 0) return [];
  const top = missing.slice(0, 6);
  return reading('settle-first', {
    id: context.app.id,
    topic: 'contradiction',
    subject: context.app,
    headline: say`Not said of ${name(context.app.name)}, and able to turn the plan: ${list(top.map((m) => m.what))}.`,
    arithmetic: [bullets(top.map((m) => say`${m.question.question} ${capital(m.question.matters)}.`))],
    questions: top.map((m) => m.question),
    weight: 0.5,
  });
}

const capital = (t: Text): Text => {
  const [first, ...rest] = t;
  return typeof first === 'string' ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest] : t;
};

function load(context: Context): Missing[] {
  if (loadPoints(context).length > 0) return [];
  return [
    {
      what: say`the request rate`,
      question: {
        id: 'request-rate',
        question: say`How many requests a second does ${name(context.app.name)} serve, steady and at the peak?`,
        matters: say`without a rate no utilisation, concurrency or connection demand can be reckoned, and slow cannot be told from full`,
        weight: 0.95,
      },
    },
  ];
}

function latency(context: Context): Missing[] {
  const complained = context.symptoms.some(
    (s) => s.kind === 'tail-latency' || s.kind === 'latency' || s.kind === 'timeouts',
  );
  const subject = requestSubject(context);
  if (!complained) return [];
  if (!subject) {
    return [
      {
        what: say`any latency percentile`,
        question: {
          id: 'percentiles',
          question: say`What are p50, p95 and p99 of the slow route of ${name(context.app.name)}, now and before?`,
          matters: say`the distance of the median from the tail tells general slowness from a few requests that wait`,
          weight: 0.9,
        },
      },
    ];
  }
  const median = context.facts.find({ name: ['latency.p50', 'latency.mean'], subject, phase: NOW });
  return median
    ? []
    : [
        {
          what: say`the median beside the tail`,
          question: {
            id: 'median',
            question: say`What is the p50 of ${name(context.app.name)} in the same minutes as its tail?`,
            matters: say`a calm median means that few requests meet the cause; a slow one means all do`,
            weight: 0.7,
          },
        },
      ];
}

function processors(context: Context): Missing[] {
  const service = mainService(context);
  const used = context.facts.find({ name: ['cpu.utilisation', 'eventloop.utilisation'], phase: NOW });
  if (!service || used) return [];
  const slow = context.symptoms.some((s) =>
    ['tail-latency', 'latency', 'throughput-drop', 'timeouts', 'queue-backlog'].includes(s.kind),
  );
  return slow
    ? [
        {
          what: say`how busy ${name(service.subject.name)} and what it calls are`,
          question: {
            id: 'utilisation',
            question: say`How busy are the processors of ${name(service.subject.name)}${databases(context)[0] ? say` and of ${name((databases(context)[0] as NonNullable<ReturnType<typeof mainService>>).subject.name)}` : []} while it is slow?`,
            matters: say`idle processors mean that requests wait for something (a lock, a pool, a callee) and more instances do not help; busy ones mean work`,
            weight: 0.75,
          },
        },
      ]
    : [];
}

function queues(context: Context): Missing[] {
  return streams(context).flatMap((s) => {
    const out: Missing[] = [];
    const lagging = context.symptoms.some((x) => x.kind === 'queue-backlog') || s.depth || s.delay;
    if (
      lagging &&
      !s.partitions &&
      ofKind(context, 'queue').some(
        (c) => c.product === 'kafka' || c.product === 'kinesis' || c.product === 'pulsar',
      )
    ) {
      out.push({
        what: say`the partitions of ${name(s.subject.name)}`,
        question: {
          id: `partitions/${s.subject.id}`,
          question: say`How many partitions has ${name(s.subject.name)}, and how many consumers read them?`,
          matters: say`with as many consumers as partitions, adding consumers does nothing; with fewer, it is the quickest relief`,
          command: say`kafka-consumer-groups --bootstrap-server HOST --describe --group GROUP`,
          language: 'bash',
          weight: 0.7,
        },
      });
    }
    if (lagging && !s.service) {
      out.push({
        what: say`how fast ${name(s.subject.name)} is drained`,
        question: {
          id: `service-rate/${s.subject.id}`,
          question: say`How many messages a second are taken from ${name(s.subject.name)} and finished, and how many arrive, over the same minutes?`,
          matters: say`the difference alone says whether it grows or drains, and how many consumers are missing`,
          weight: 0.8,
        },
      });
    }
    return out;
  });
}

function deploys(context: Context): Missing[] {
  const trouble = context.symptoms.some((s) => s.kind !== 'planned-load' && s.kind !== 'cost');
  return trouble && context.changes.length === 0
    ? [
        {
          what: say`what changed before it began`,
          question: {
            id: 'changes',
            question: say`When did the trouble of ${name(context.app.name)} begin, and what was deployed, configured or grew in the day before?`,
            matters: say`a change that fits by mechanism and onset can be undone in minutes; without one, load and data growth come first`,
            weight: 0.72,
          },
        },
      ]
    : [];
}

function cache(context: Context): Missing[] {
  const caches = ofKind(context, 'cache', 'cdn').filter(
    (c) => !context.facts.find({ name: 'cache.hitRatio', subject: c.subject }),
  );
  return caches.slice(0, 1).map((c) => ({
    what: say`the hit ratio of ${name(c.subject.name)}`,
    question: {
      id: `hit-ratio/${c.subject.id}`,
      question: say`What is the hit ratio of ${name(c.subject.name)} in the minutes that matter?`,
      matters: say`it decides how much of the load reaches what stands behind it`,
      ...(c.product === 'redis' ? { command: say`redis-cli INFO stats`, language: 'bash' } : {}),
      weight: 0.55,
    },
  }));
}

export default {
  id: 'settle-first',
  about: 'The figures the case lacks that the plan hangs on most, as questions.',
  read,
} satisfies ReadingEntry;
