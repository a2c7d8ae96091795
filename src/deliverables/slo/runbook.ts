import { durationText } from '../../evidence/readers/promql/duration.js';
import { exhaustionS, resetS } from '../../models/slo/detection.js';
import type { NamedAlert, SloPlan } from './plan.js';
import { alertExpr, bucketName, noDataName, periodWords, short } from './rules.js';

/** A runbook of the alerts of promises: Meaning, Impact, Diagnosis, Mitigation, Verification, Escalation. */
export function runbookOf(plans: readonly SloPlan[]): string {
  return `# Runbook: alerts of promises

${plans.map(section).join('\n')}`;
}

/** Words of the author without marks of Markdown, and without the full stop that is set here. */
const plain = (text: string): string =>
  text
    .replace(/[`|<>\n]+/g, ' ')
    .trim()
    .replace(/[.]+$/, '');
const percent = (x: number): string => `${short(x * 100)} %`;
const fence = (query: string): string => `\n\`\`\`promql\n${query}\n\`\`\`\n`;

function section(p: SloPlan): string {
  const { spec } = p;
  return `## ${spec.id}

${plain(spec.service)} promises ${percent(spec.objective)} over ${periodWords(p)}${spec.description ? `: ${plain(spec.description)}` : ''}. ${percent(p.budget)} may be bad.

${p.alerts.map((a) => entry(p, a)).join('\n')}
### ${noDataName(p)}

- **Meaning**: nothing is recorded for ten minutes. The alerts above are blind, not quiet.
- **Diagnosis**: is the target up, was a metric or label renamed in the last deploy?${fence(`up == 0 or absent(slo:total:rate5m{slo="${spec.id}"})`)}
- **Mitigation**: bring the target or the name back. **Verification**: the query answers nothing for ten minutes.
- **Escalation**: the owner of the collection, within the day.
${
  p.rates?.bucket
    ? `
### ${bucketName(p)}

- **Meaning**: the histogram has no bucket at the limit, so that nothing counts as bad.
- **Diagnosis**:${fence(`count by (le) (${p.rates.bucket.missing.replace(/,?\s*le=~?"[^"]*"/, '')})`)}
- **Mitigation**: add the bound to the histogram. **Verification**: the alert ends.
- **Escalation**: the owner of the service, within the week.
`
    : ''
}`;
}

function entry(p: SloPlan, a: NamedAlert): string {
  const s = `{slo="${p.spec.id}"}`;
  const ends = resetS(a, 1, a.longS * 10);
  const left = exhaustionS(p.spec.objective, p.periodS, a.threshold);
  return `### ${a.name}

- **Meaning**: more than ${percent(a.threshold)} ${p.counting === 'slices' ? 'of minutes are' : 'is'} bad over ${durationText(a.longS)}${a.shortS === a.longS ? '' : ` and still over ${durationText(a.shortS)}`}.
- **Impact**: ${a.outage ? 'an outage, or close to it.' : `at this speed the whole budget is gone in ${hours(left)}.`}${p.spec.description ? ` Promised: ${plain(p.spec.description)}.` : ''}
- **Diagnosis**: is it still bad now, since when, and did traffic change with it?${fence(`slo:bad:rate5m${s} / (slo:total:rate5m${s} > 0)`)}${fence(`slo:total:rate5m${s}`)}  Then: what changed before it began (deploys, flags, configuration), and which part (the dashboard of the service, its dependencies).
- **Mitigation**: undo the last change if it came before the onset; else shed or shift load. One thing at a time, said aloud first.
- **Verification**: this answers nothing; it ends ${ends === undefined ? 'when the share falls' : `within ${minutes(ends)} of recovery`}:${fence(alertExpr(p, a))}
- **Escalation**: ${a.severity === 'page' ? 'after a quarter of an hour without a direction, the owner of the service and the incident lead.' : 'nobody at night: plan it into this week.'}
`;
}

const hours = (s: number): string =>
  s < 2 * 3600
    ? minutes(s)
    : s < 3 * 86_400
      ? `${Math.round(s / 3600)} hours`
      : `${Math.round(s / 86_400)} days`;
const minutes = (s: number): string => `${Math.max(1, Math.ceil(s / 60))} min`;
