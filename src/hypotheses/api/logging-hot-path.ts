import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hostPressure } from '../commands/platform.js';
import { cpuProfile } from '../commands/runtime.js';
import { commonClaims } from '../common-growth.js';
import { changed, concerns, now } from '../evidence.js';
import { decide, rise, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { profileShare, shareNames } from '../profile-shares.js';
import { isNamed, mainService } from '../subjects.js';
import { MANY_TIMES, PROFILE_SHARE, STRONG_RISE } from '../thresholds.js';
import { twoProfiles, twoReadings } from '../window.js';

const LOGS = ['logs.rate', 'logs.perRequest'];

export default {
  id: 'logging-hot-path',
  layer: 'api',
  title: 'Logging on the path of the request',
  mechanism:
    'Records are formatted and written before the answer; at load the writer, its lock or the disk makes requests wait.',
  startedBy: ['logging-change', 'library-upgrade', 'config-change', 'security-change'],
  explains: ['cpu-saturation', 'latency', 'tail-latency', 'disk-io'],
  prior: 0.03,
  subjects(context) {
    const main = mainService(context).subject;
    return changed(context, 'logging-change') || concerns(context, main, [...LOGS, ...shareNames('logging')])
      ? [main]
      : [];
  },
  predictions: [
    {
      id: 'more-records',
      necessary: true,
      whenSeen: 1.8,
      whenAbsent: -2,
      test: decide(
        (_, s) => say`more log records for each request of ${name(s.name)} than before`,
        rise({ fact: LOGS, what: 'log records', by: STRONG_RISE }),
        profileShare({ causes: ['logging'], at: PROFILE_SHARE, what: 'logging' }),
      ),
      measure: (context, s) =>
        ask('api', hostPressure(), {
          question: say`How many records and bytes does ${name(s.name)} log for a request, and does the writer keep up?`,
          signal: say`log bytes a second ÷ requests a second; disk time of the log device`,
          window: twoReadings(context),
          decides: say`Half as much again or more for each request: it holds. As before: ruled out.`,
        }),
    },
    {
      id: 'many-times-the-records',
      // Other causes add a record or two to a request, an error or a retry; a log of each step adds dozens.
      whenSeen: 2,
      whenAbsent: -0.6,
      test: decide(
        (_, s) => say`several times the log records for a request of ${name(s.name)}`,
        rise({ fact: 'logs.perRequest', what: 'log records for a request', by: MANY_TIMES }),
      ),
      measure: (context, s) =>
        ask('api', hostPressure(), {
          question: say`Is it one more record that ${name(s.name)} logs for a request, or many times as many?`,
          signal: say`log records ÷ requests, before and during`,
          window: twoReadings(context),
          decides: say`${num(MANY_TIMES)} as many or more: they cost time. One or two more: look for what they tell of.`,
        }),
    },
    {
      id: 'own-time-grew',
      whenSeen: 0.9,
      whenAbsent: -1.2,
      test: decide(
        say`slow requests spend longer in the service itself`,
        spent({ kinds: ['self', 'event-loop'], what: 'time in the service itself', as: 'self' }),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`What share of the processor time of ${name(s.name)} goes into making and writing log records?`,
          signal: say`share of the logger and its serialisation in the profile`,
          window: twoProfiles(context),
          decides: say`A material share that is new: it holds. A few samples: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const rate = now(context, LOGS, subject);
    return {
      title: say`${name(subject.name)} logs on the path of the request`,
      statement: say`${rate ? say`${name(subject.name)} writes ${num(rate)} records. ` : ''}A record that is formatted and written before the answer of ${name(subject.name)} adds to every request, and to all of them at once when the writer blocks.`,
      refutedIf: say`${name(subject.name)} logs no more for a request than before, and its profile shows hardly any of it.`,
    };
  },
  /** Records that multiplied are what the service's own time went into; a few more of them are at most half of it. */
  claims(context, subject) {
    const own = cellsOf(context, ['self'], subject).filter((c) => isNamed(subject, c.service));
    if (rise({ fact: 'logs.perRequest', what: '', by: MANY_TIMES })(context, subject)?.outcome === 'seen')
      return [...claimCells(own), ...commonClaims(context, subject)];
    return rise({ fact: LOGS, what: '', by: STRONG_RISE })(context, subject)?.outcome === 'seen'
      ? claimCells(own, 0.5)
      : [];
  },
  remedies: ['log-asynchronously', 'reduce-cpu-per-request', 'roll-back-change'],
} satisfies Hypothesis;
