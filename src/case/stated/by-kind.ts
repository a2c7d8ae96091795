import type { Claimed } from '../claims.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Mention } from '../subjects.js';
import { wordsAround } from './around.js';
import { countedBefore, settingOf } from './label.js';
import { named } from './measure.js';

/** No phrase near: the kind of the quantity and what it stands beside may still say enough. */
export function byKind(
  frame: Frame,
  q: Quantity,
  claimed: Claimed,
  mentions: readonly Mention[],
): Named | undefined {
  const statistic = claimed.statistic?.name;
  const inMetrics =
    frame.input === 'current_metrics' ||
    frame.input === 'target_metrics' ||
    frame.input === 'performance_issues';
  switch (q.kind) {
    case 'duration': {
      if (isOtherwise(frame, q)) return named('latency.mean', q);
      // "dashboard under 2 s": a bound on something named is how long it may take.
      if (
        frame.input === 'target_metrics' &&
        (q.comparator === '<' || q.comparator === '<=') &&
        !statistic &&
        /\b(?:alerts?|updates|notifications?|e?mails?|sms|searchable|visible|available|indexed|delivered|processed|shown|queryable|synced)$|\b(?:alerts?|updates|notifications?|e?mails?|sms|searchable|visible|available|indexed|delivered|processed|shown|queryable|synced) (?:within|in|under)$/.test(
          wordsAround(frame, q.from - 4, 4),
        )
      )
        return named('queue.delay', q);
      if (
        frame.input === 'target_metrics' &&
        (q.comparator === '<' || q.comparator === '<=') &&
        !statistic &&
        q.value <= 30 &&
        !NOT_AN_ANSWER.test(wordsAround(frame, q.from - 6, 6)) &&
        (frame.tokens.slice(Math.max(0, q.from - 4), q.from).some((t) => t.kind === 'path') ||
          /[a-z]{4,}/.test(
            wordsAround(frame, q.from - 3, 3).replace(
              /\b(?:under|below|within|than|less|most|faster|always|stay|stays|come|back|down)\b/g,
              '',
            ),
          ))
      )
        return named('latency.mean', q);
      // "invoice list 8 s": what users look at, right before how long it takes.
      if (
        (frame.input === 'performance_issues' || frame.input === 'current_metrics') &&
        !statistic &&
        claimed.claim === undefined &&
        q.value <= 120 &&
        q.per === undefined &&
        /^(?:list|lists|page|pages|screen|screens|dashboard|dashboards|search|login|logins|checkout|submit|feed|home|homepage|report|reports|query|export|exports|pdf|upload|uploads|download)$/.test(
          frame.tokens[q.from - 1]?.lower ?? '',
        )
      )
        return named('latency.mean', q);
      const settled = frame.input === 'constraints' || frame.input === 'recent_changes';
      if (
        statistic &&
        (!settled || /^p\d/.test(statistic)) &&
        q.value <= 600 &&
        (statistic !== 'max' || inMetrics)
      )
        return named(`latency.${statistic}`, q);
      const beside = mentions.some(
        (m) =>
          Math.abs(m.from - q.from) < 14 &&
          frame.sentence[m.from] === frame.sentence[q.from] &&
          m.subject.kind !== 'queue' &&
          !(m.to <= q.from && isOther(frame, m.to, q.from)) &&
          !isLabelled(frame, q),
      );
      const short = q.value < 1 || /^m?s/.test(frame.tokens[q.to - 1]?.lower ?? '');
      // "calls the ERP over HTTP (about 900 ms)"
      const called =
        frame.input === 'recent_changes' &&
        mentions.some(
          (m) =>
            m.subject.kind === 'dependency' &&
            m.to <= q.from &&
            q.from - m.to < 7 &&
            frame.sentence[m.from] === frame.sentence[q.from] &&
            (frame.group[q.from] ?? 0) > 0,
        );
      return short && q.value <= 60 && ((beside && (inMetrics || frame.input === 'dependencies')) || called)
        ? named('latency.mean', q)
        : named('duration.stated', q);
    }
    case 'rate':
      return named('throughput', q);
    case 'percent':
      if (q.nines) return named('availability.ratio', q);
      return q.signed !== undefined
        ? { ...named('growth.ratio', q), value: q.value * q.signed }
        : named('ratio.stated', q);
    case 'bytes':
      // "responses 35 KB avg, 180 KB p99, max 2 MB"
      return named(
        frame.input !== 'workload' || q.value >= 5e7 || /^p\d/.test(statistic ?? '')
          ? 'bytes.stated'
          : statistic === 'max'
            ? 'payload.max'
            : 'payload.mean',
        q,
      );
    case 'byteRate':
      return named('network.throughput', q);
    case 'cores':
      return named('cpu.cores', q);
    case 'money':
      return named('cost.stated', q);
    case 'moneyRate':
      return named('cost.monthly', q);
    case 'factor':
      // "New Year’s Eve expected at 2.5x"
      if (
        /\b(?:expected|forecast|planned|anticipated|projected)(?: at| to be| to bring)?$/.test(
          wordsAround(frame, q.from - 4, 4),
        ) &&
        /^(?:workload|target_metrics)$/.test(frame.input)
      )
        return { name: 'burst.factor', value: q.value, unit: 'factor' };
      // "month-end 2.6x for 2 days"
      if (
        frame.input === 'workload' &&
        /\b(?:end|weekends?|fridays?|saturdays?|sundays?|mondays?|evenings?|mornings?|nights?|seasons?|holidays?|christmas|xmas|sales?|campaigns?|paydays?|promos?|promotions?|launch(?:es)?|matchdays?|lunch|noon|rush|events?|days?|storms?|pushes)(?: (?:is|cause|causes|are|at|of|about|around|brings?|runs?))?$/.test(
          wordsAround(frame, q.from - 4, 4),
        ) &&
        q.value > 1 &&
        !/^(?:a|per|monthly|yearly|weekly|daily)\b/.test(wordsAround(frame, q.to, 1))
      )
        return { name: 'burst.factor', value: q.value, unit: 'factor' };
      // "Saturdays 5x weekdays"
      if (
        /^(?:weekdays?|weekends?|normal|usual|average|ordinary|typical|off)\b|^(?:the|a|an|our) (?:night|nights|weekday|normal|usual|average|ordinary|typical|daily|day|mean|rest)\b/.test(
          wordsAround(frame, q.to, 2),
        ) &&
        /^(?:workload|performance_issues|current_metrics|target_metrics)$/.test(frame.input)
      )
        return { name: 'burst.factor', value: q.value, unit: 'factor' };
      return { name: 'factor.stated', value: q.value, unit: 'factor' };
    case 'bare':
      return settingOf(frame, q) === undefined && countedBefore(frame, q) === undefined
        ? undefined
        : named('count.stated', q);
  }
}

const NOT_AN_ANSWER =
  /\b(?:fail ?over|recover\w*|restart\w*|deploy\w*|startup|boot\w*|start|rto|rpo|rollback|backup|catch|drain\w*|scal\w+|build|pipeline|refresh\w*|fresh\w*|stale\w*|lag|behind|delay\w*|late|pauses?|gc|ttl|window|absorbed|old|age|visible|timeout|retention|lock\w*|jobs?|run|batch|sync|replica\w*|warm\w*|outage|downtime)\b/;

/** "takes 3.5 s; outside that it is 300–450 ms", "else 120 ms": the same measure at another time. */
const isOtherwise = (frame: Frame, q: Quantity): boolean => {
  const before = wordsAround(frame, q.from - 7, 7);
  return (
    /\b(?:outside (?:that|of that|this|those|it|peak)|otherwise|elsewhere|normally|at other times|the rest of the (?:day|time)|usually)\b[\w ]*$/.test(
      before,
    ) && frame.quantities.some((x) => x.kind === 'duration' && x.to <= q.from && q.from - x.to < 16)
  );
};

/** True when a length or a size stands between the part and the figure: "segment length 2 s". */
const isOther = (frame: Frame, from: number, to: number): boolean =>
  /\b(?:length|size|interval|window|period|gap|chunk|segment|retention|age|schedule)\b/.test(
    wordsAround(frame, from, to - from),
  );

/** "segment length 2 s", "200ms parts": the figure is a length of something said beside it. */
export const isLabelled = (frame: Frame, q: Quantity): boolean =>
  /^(?:\w+_)?(?:length|interval|window|period|gap|chunk|segment|retention|age|schedule)$/.test(
    frame.tokens[q.from - 1]?.lower ?? '',
  ) ||
  /^(?:parts?|chunks?|segments?|intervals?|windows?|buckets?|slices?|ticks?)$/.test(
    frame.tokens[q.to]?.lower ?? '',
  );
