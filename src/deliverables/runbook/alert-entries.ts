import { num, say, type Text } from '../../domain/index.js';
import { type BurnAlert, burnName } from '../alerts/burn.js';
import { type BurstAlert, burstName, type Objective } from '../alerts/objective.js';
import { badWords } from '../alerts/prometheus.js';
import type { StatePromise } from '../alerts/states.js';
import { alertName, type Parts } from '../parts.js';
import { digits, markdown, sentence } from '../text.js';

export const burnEntry = (o: Objective, a: BurnAlert, p: Parts): Text => say`### ${burnName(o, a)}

- Means: ${
  a.outage
    ? say`more than ${digits(a.threshold, 100)} % of requests were ${markdown(badWords(o))} over the last five minutes: an outage, or close to it; the promise allows ${digits(o.budget, 100, 4)} %.`
    : say`more than ${digits(a.threshold, 100)} % of requests were ${markdown(badWords(o))} over the last ${a.long} and still are over ${a.short}; the promise allows ${digits(o.budget, 100, 4)} %.`
}
- Impact: ${
  a.outage
    ? say`users see it now.`
    : a.severity === 'page'
      ? say`at this rate ${digits(a.spent, 100)} % of the budget goes in ${a.long}.`
      : say`nobody has to get up: the budget goes faster than it comes back; plan work this week.`
}
- Begin: ${a.severity === 'page' ? say`[first five minutes](#first-five-minutes), then [decide by finding](#decide-by-finding).` : say`the panel of p99 by route, then the likeliest finding: ${firstFinding(p)}.`}
- Ends by itself ${a.short} after the cause is gone.
`;

export const stateEntry = (s: StatePromise, a: BurnAlert): Text => say`### ${burnName(s, a)}

- Means: in more than ${digits(a.threshold, 100)} % of the minutes of the last ${a.long} this was beyond ${num(s.limit)}: ${markdown(s.watch.title)}. The promise allows ${digits(s.budget, 100, 4)} %.
- Impact: ${markdown(sentence(s.watch.means))}
- Begin: ${a.severity === 'page' ? say`[first five minutes](#first-five-minutes), then ` : ''}the entry of [its sign](#${s.watch.id.toLowerCase()}).
- Ends by itself ${a.short} after the cause is gone.
`;

const firstFinding = (p: Parts): Text => {
  const f = p.findings[0];
  return f ? markdown(f.title) : say`none yet`;
};

export const burstEntry = (o: Objective, burst: BurstAlert): Text => say`### ${burstName(o)}

- Means: traffic is beyond ${digits(burst.from)} requests a second and more than ${digits(burst.factor)} times the allowed share is ${markdown(badWords(o))}. The hour’s alert would come when the burst is over.
- Begin: [admit-less](#admit-less) and what else is undone in seconds; look for the cause after.
`;

export const absentEntry = (id: string, p: Parts): Text => say`### ${alertName(id)}NoData

- Means: nothing is recorded of \`${id}\` for ten minutes: its alerts are blind, not quiet.
- Begin: is the service up (\`curl -fsS "$BASE_URL/health"\`); is it scraped (\`up{job="${p.promJob}"}\`); was the label, the exporter or the histogram changed in the last deploy?
`;

export const bucketEntry = (id: string): Text => say`### ${alertName(id)}BucketMissing

- Means: the histogram has no bound at the limit of \`${id}\`: nothing counts as slow, and its alerts are blind, not quiet.
- Begin: which bounds are there, and which deploy changed them? Add the bound; the alert ends by itself.
`;
