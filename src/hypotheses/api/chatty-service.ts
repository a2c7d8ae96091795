import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { slowTraces } from '../commands/traces.js';
import { decide, traced } from '../outcomes.js';
import { claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { mainService } from '../subjects.js';
import { STRONG_RISE } from '../thresholds.js';
import { slowRequests } from '../window.js';

const KINDS = ['chatty'] as const;
const talks = (context: Context, subject: Subject) =>
  patternsOf(context, KINDS).filter((p) => p.subject.id === subject.id);

export default {
  id: 'chatty-service',
  layer: 'api',
  title: 'Many small calls where one would do',
  mechanism:
    'A request asks one peer for many different small things in a row, and pays the way there and back for each.',
  startedBy: ['call-added', 'code-change', 'orm-upgrade', 'library-upgrade', 'feature-flag'],
  explains: ['latency', 'tail-latency'],
  prior: 0.05,
  subjects(context) {
    const found = patternsOf(context, KINDS).filter((p) => isMaterial(context, patternMs(context, p)));
    return [...new Map(found.map((p) => [p.subject.id, p.subject])).values()];
  },
  predictions: [
    {
      id: 'round-trips-are-the-time',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.5,
      test: decide(
        (_, s) => say`many different small calls to ${name(s.name)} in a row within one request`,
        traced({
          kinds: KINDS,
          visible: ['call', 'database', 'cache'],
          what: 'row of small calls',
          where: (p, _, s) => p.subject.id === s.id,
        }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, mainService(context).subject, 'calls'), {
          question: say`How many calls to ${name(s.name)} does a slow request make, and how much of each is the way?`,
          signal: say`calls to ${name(s.name)} in one request; duration at the caller less duration at the callee`,
          window: slowRequests(context),
          decides: say`Many calls whose ways together are a material part of the request: it holds. Few calls, or the callee’s own work is the time: ruled out.`,
        }),
    },
    {
      id: 'calls-rose',
      whenSeen: 1.2,
      whenAbsent: -1.5,
      test: decide(
        (_, s) => say`more calls to ${name(s.name)} in one request than before`,
        (context, s) => {
          const p = talks(context, s)[0];
          const [was, is] = [p?.facts.baselineCalls, p?.facts.calls];
          if (!was || !is) return undefined;
          return {
            outcome: is.value >= STRONG_RISE.value * was.value ? 'seen' : 'absent',
            says: say`calls to ${name(s.name)} in a slow request: ${num(was)} → ${num(is)}`,
            facts: [was, is],
          };
        },
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, mainService(context).subject, 'calls'), {
          question: say`Did requests make fewer calls to ${name(s.name)} before they got slow?`,
          signal: say`calls to ${name(s.name)} ÷ requests served, before and after`,
          window: slowRequests(context),
          decides: say`More calls a request than before: it holds. As many as before: the talk was there already, and something else got slow.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = talks(context, subject)[0];
    const service = p?.service ?? mainService(context).subject.name;
    return {
      title: say`${name(service)} asks ${name(subject.name)} for many small things in a row`,
      statement: p
        ? say`${p.detail}. One coarser call would pay the way once.`
        : say`A request of ${name(service)} asks ${name(subject.name)} again and again, each time for another small thing.`,
      refutedIf: say`A slow request of ${name(service)} makes few calls to ${name(subject.name)}, or their time is work and not the way.`,
    };
  },
  claims: (context, subject) => claimsOf(context, talks(context, subject)),
  remedies: ['combine-calls', 'parallelise-calls', 'cache-reads'],
} satisfies Hypothesis;
