import { constant, type Finding, join, num, say, type Text } from '../../domain/index.js';
import { type BurnAlert, burnName } from '../alerts/burn.js';
import { requestMetrics } from '../alerts/metrics.js';
import { type BurstAlert, burstName, type Objective } from '../alerts/objective.js';
import { badWords, PROMQL, ratesOf } from '../alerts/prometheus.js';
import { promiseId } from '../alerts/specs.js';
import type { StatePromise } from '../alerts/states.js';
import { alertName, type Parts, usesTool } from '../parts.js';
import { isSignOf, type Watch } from '../signals/index.js';
import { cell, digits, markdown, safe, sentence } from '../text.js';
import type { Mitigation } from './mitigations.js';

/** Long enough that nothing fires again at once. */
export const STEADY = constant(
  'runbook.steady',
  1800,
  's',
  'Kneepoint: longer than the short window of the six-hour alert, so that nothing fires again at once',
);

/** What every entry has, in this order. */
interface Entry {
  alert: string;
  meaning: Text;
  impact: Text;
  diagnosis: Text;
  mitigation: Text;
  verification: Text;
  escalation: Text;
}
const entry = (e: Entry): Text => say`### ${e.alert}

- **Meaning**: ${e.meaning}
- **Impact**: ${e.impact}
- **Diagnosis**: ${e.diagnosis}
- **Mitigation**: ${e.mitigation}
- **Verification**: ${e.verification}
- **Escalation**: ${e.escalation}
`;

const asksPrometheus = (p: Parts): boolean => usesTool(p.context, ...PROMQL) || p.context.tools.length === 0;
/** A query on lines of its own, inside an item. */
const fence = (query: Text): Text => say`

\`\`\`promql
${safe(query)}
\`\`\`
`;
const WHO = {
  page: say`[who decides](#escalate); at once when money or data may be wrong.`,
  ticket: say`none at night; the owner of the part, this week.`,
} as const;

/** Mitigations in a list of links; those that the likeliest cause asks for, else less load. */
function links(mitigations: readonly Mitigation[], fits: (m: Mitigation) => boolean, otherwise: Text): Text {
  const helps = mitigations.filter(fits).slice(0, 3);
  return helps.length > 0
    ? join(
        helps.map((m) => say`[${m.id}](#${m.id})`),
        ', then ',
      )
    : otherwise;
}
const firstOf = (p: Parts): Finding | undefined => p.findings[0];
const againstFirst = (p: Parts, mitigations: readonly Mitigation[]): Text => {
  const first = firstOf(p);
  return links(
    mitigations,
    (m) => first !== undefined && m.against.includes(first.hypothesis),
    say`[admit-less](#admit-less)`,
  );
};

export function burnEntry(o: Objective, a: BurnAlert, p: Parts, mitigations: readonly Mitigation[]): Text {
  const { bad, total } = ratesOf(requestMetrics(p), o);
  const first = firstOf(p);
  const over = a.outage
    ? say`over the last five minutes: an outage, or close to it`
    : say`over the last ${a.long}, and over ${a.short} too`;
  return entry({
    alert: burnName(o, a),
    meaning: say`more than ${digits(a.threshold, 100)} % of requests ${o.limit ? 'were ' : ''}${markdown(badWords(o))} ${over}; the promise allows ${digits(o.budget, 100, 4)} %.`,
    impact: a.outage
      ? say`users see it now.`
      : a.severity === 'page'
        ? say`at this rate ${digits(a.spent, 100)} % of the budget goes in ${a.long}.`
        : say`nobody has to get up: the budget goes faster than it comes back.`,
    diagnosis:
      a.severity === 'page'
        ? say`[first five minutes](#first-five-minutes), then [decide by finding](#decide-by-finding).${asksPrometheus(p) ? say` Still so, and since when:${fence(say`(${bad('5m')}) / (${total('5m')} > 0)`)}` : ''}`
        : say`the panel of p99 by route, then the likeliest finding: ${first ? markdown(first.title) : say`none yet`}.`,
    mitigation:
      a.severity === 'page'
        ? say`what the decision led to; while nothing decides, ${againstFirst(p, mitigations)}.`
        : say`plan the work this week: section 4 of the report.`,
    verification: say`ends by itself ${a.short} after the cause is gone; leave when it stays away for ${num(STEADY)} ([exit](#verify-and-leave)).`,
    escalation: WHO[a.severity],
  });
}

export const burstEntry = (o: Objective, burst: BurstAlert, mitigations: readonly Mitigation[]): Text =>
  entry({
    alert: burstName(o),
    meaning: say`traffic is beyond ${digits(burst.from)} requests a second and more than ${digits(burst.factor)} times the allowed share is ${markdown(badWords(o))}.`,
    impact: say`the hour’s alert would come when the burst is over, and its users gone.`,
    diagnosis: say`after it: look for the cause on the dashboard of these minutes.`,
    mitigation: links(
      mitigations,
      (m) => m.undoneIn === 'seconds',
      say`[admit-less](#admit-less), and what else is undone in seconds`,
    ).concat('.'),
    verification: say`the share falls while the traffic is still high; else it was only the burst that ended.`,
    escalation: WHO.page,
  });

export function stateEntry(
  s: StatePromise,
  a: BurnAlert,
  p: Parts,
  mitigations: readonly Mitigation[],
): Text {
  const id = promiseId(s, p);
  return entry({
    alert: burnName(s, a),
    meaning: say`in more than ${digits(a.threshold, 100)} % of the minutes of the last ${a.long} this was beyond ${num(s.limit)}: ${markdown(s.watch.title)}. The promise allows ${digits(s.budget, 100, 4)} %.`,
    impact: markdown(sentence(s.watch.means)),
    diagnosis: say`is it beyond the limit now, and since when?${fence(s.watch.prometheus)}
  Then its sign: [${s.watch.id}](#${s.watch.id.toLowerCase()}).`,
    mitigation: links(
      mitigations,
      (m) => m.against.some((h) => s.watch.hypotheses.includes(h)),
      say`[admit-less](#admit-less)`,
    ).concat('.'),
    verification: say`ends by itself ${a.short} after the cause is gone; \`slo:slice_bad:share{slo="${id}"}\` stays at nothing for ${num(STEADY)}.`,
    escalation: WHO[a.severity],
  });
}

export const absentEntry = (id: string, p: Parts): Text =>
  entry({
    alert: `${alertName(id)}NoData`,
    meaning: say`nothing is recorded of \`${id}\` for ten minutes: its alerts are blind, not quiet.`,
    impact: say`an outage now would page nobody.`,
    diagnosis: say`is the service up (\`curl -fsS "$BASE_URL/health"\`); is it scraped (\`up{job="${p.promJob}"}\`); was the label, the exporter or the histogram changed in the last deploy?`,
    mitigation: say`bring the target or the name back; until then watch the service by hand.`,
    verification: say`\`slo:total:rate5m{slo="${promiseId({ id }, p)}"}\` has a value again.`,
    escalation: say`the owner of the collection, within the day.`,
  });

export const bucketEntry = (id: string, p: Parts): Text => {
  const m = requestMetrics(p);
  return entry({
    alert: `${alertName(id)}BucketMissing`,
    meaning: say`the histogram has no bound at the limit of \`${id}\`: nothing counts as slow.`,
    impact: say`its alerts are blind, not quiet.`,
    diagnosis: say`which bounds are there, and which deploy changed them?${fence(say`count by (le) (${m.duration}_bucket{${m.select}})`)}`,
    mitigation: say`add the bound to the histogram.`,
    verification: say`the alert ends by itself.`,
    escalation: say`the owner of the service, within the week.`,
  });
};

export function watchEntry(w: Watch, p: Parts, mitigations: readonly Mitigation[]): Text {
  const causes = p.findings.filter((f) => isSignOf(w, f)).slice(0, 3);
  return entry({
    alert: w.id,
    meaning: say`${markdown(w.title)} passed ${num(w.threshold)}.`,
    impact: markdown(sentence(w.means)),
    diagnosis: say`suspected: ${
      causes.length > 0
        ? cell(
            join(
              causes.map((c) => c.title),
              '; ',
            ),
          )
        : say`none of today’s findings; measure before you act`
    }.${asksPrometheus(p) ? fence(w.panel?.targets[0]?.query ?? w.prometheus) : ''}`,
    mitigation: say`${links(
      mitigations,
      (m) => m.against.some((h) => w.hypotheses.includes(h)),
      say`none that is undone quickly: a ticket for the owner of the part`,
    )}.`,
    verification: say`the value is back on its side of the line for ${num(STEADY)}.`,
    escalation: WHO.ticket,
  });
}
