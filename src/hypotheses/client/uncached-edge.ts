import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { edgeHeaders } from '../commands/platform.js';
import { signalOr } from '../commands/runtime.js';
import { before, now } from '../evidence.js';
import { decide, type Look, level, rise, seen } from '../outcomes.js';
import { mainService } from '../subjects.js';
import { HIT_LOW, RISE, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

/** From 96 to 81 % hits the origin gets nearly five times as much: what counts is what is missed. */
const missesGrew: Look = (context, s) => {
  const own = now(context, 'cache.hitRatio', s);
  const was = own?.subject.id === s.id ? before(context, 'cache.hitRatio', s, own) : undefined;
  if (!own || !was || was.value >= 1 || 1 - own.value < STRONG_RISE.value * (1 - was.value)) return undefined;
  return seen(say`hit ratio of ${name(s.name)}: ${num(was)} → ${num(own)}`, [own, was, STRONG_RISE]);
};

export default {
  id: 'uncached-edge',
  layer: 'client',
  title: 'The edge passes on what it could answer',
  mechanism:
    'Cookies, varying headers, query strings or missing lifetimes make equal pages differ, so the edge asks the origin for each of them.',
  startedBy: [
    'cache-change',
    'config-change',
    'feature-flag',
    'code-change',
    'security-change',
    'traffic-change',
  ],
  explains: ['low-hit-ratio', 'cpu-saturation', 'latency', 'planned-load', 'cost'],
  prior: 0.05,
  subjects: (context) => context.components.filter((c) => c.subject.kind === 'cdn').map((c) => c.subject),
  predictions: [
    {
      id: 'edge-ratio-low',
      necessary: true,
      whenSeen: 1.8,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`a hit ratio of ${name(s.name)} below ${num(HIT_LOW)} for pages that many share`,
        missesGrew,
        (context, s) => {
          const own = now(context, 'cache.hitRatio', s);
          return own?.subject.id === s.id
            ? level({ fact: 'cache.hitRatio', at: HIT_LOW, what: 'hit ratio', below: true })(context, s)
            : undefined;
        },
      ),
      measure: (context, s) =>
        ask('client', edgeHeaders(), {
          question: say`Which answers does ${name(s.name)} fetch from the origin each time, and why?`,
          signal: say`age, hit or miss, cache-control, vary and set-cookie of the most asked-for routes`,
          window: twoReadings(context),
          decides: say`Shared pages that miss for a cookie, a varying header or no lifetime: it holds. Misses of personal answers alone: ruled out.`,
        }),
    },
    {
      id: 'origin-load-follows',
      whenSeen: 1,
      whenAbsent: -0.8,
      test: decide(
        say`requests at the origin that rise with those at the edge`,
        rise({ fact: 'throughput', what: 'requests a second', by: RISE }),
      ),
      measure: (context, s) =>
        ask('client', signalOr(context, 'throughput', mainService(context).subject, edgeHeaders()), {
          question: say`What share of the requests to ${name(s.name)} reaches ${name(mainService(context).subject.name)}, by route?`,
          signal: say`requests at the edge and at the origin, by route`,
          window: aroundTrouble(context),
          decides: say`A route with few distinct answers and as many origin requests: it should be kept at the edge. Personal routes only: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const h = now(context, 'cache.hitRatio', subject);
    const own = h?.subject.id === subject.id ? h : undefined;
    const main = mainService(context).subject.name;
    return {
      title: say`${name(subject.name)} passes on what it could answer${own ? say` (${num(own)} hits)` : ''}`,
      statement: say`${own ? say`${name(subject.name)} answers ${num(own)} itself. ` : ''}Each page that many share and ${name(subject.name)} does not keep costs ${name(main)} a request, at a peak as often as there are visitors.`,
      refutedIf: say`What ${name(subject.name)} passes on is personal or changes with each request.`,
    };
  },
  remedies: ['cdn-caching', 'shrink-payload'],
} satisfies Hypothesis;
