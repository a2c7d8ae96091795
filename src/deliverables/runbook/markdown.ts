import {
  constant,
  type DeliverableEntry,
  type Finding,
  join,
  type Measurement,
  name,
  num,
  quote,
  say,
  type Text,
} from '../../domain/index.js';
import { aimedLoad, loadPoints } from '../../readings/load.js';
import { labelOf } from '../../readings/percentiles.js';
import { requestMetrics } from '../alerts/metrics.js';
import { burstAlert, type Objective, objectivesOf } from '../alerts/objective.js';
import { PROMQL, ratesOf } from '../alerts/prometheus.js';
import { durationQuantile } from '../alerts/request-queries.js';
import { statePromises } from '../alerts/states.js';
import { latencyTargets, type OpenResult, type Parts, partsOf, usesTool } from '../parts.js';
import { settles, type Watch, watchesOf } from '../signals/index.js';
import { markdown, safe, sentence } from '../text.js';
import {
  absentEntry,
  bucketEntry,
  burnEntry,
  burstEntry,
  STEADY,
  stateEntry,
  watchEntry,
} from './alert-entries.js';
import { flagged, type Mitigation, mitigationsOf } from './mitigations.js';

const STUCK_AFTER = constant(
  'runbook.escalate',
  900,
  's',
  'Kneepoint: three rounds of the first five minutes',
);
/** Changes that are listed; those of the case come first. */
const MOST_CHANGES = 8;
/** Findings that the decision tree walks, the likeliest first. */
const MOST_FINDINGS = 9;

/** The runbook: by alert and by finding, with commands for this stack, from page to exit. */
export default {
  id: 'runbook/markdown',
  about: 'a runbook by alert and by suspected cause, with commands for the stack of the case',
  make(result, context) {
    const parts = partsOf(result, context);
    if (result.findings.length === 0 && latencyTargets(context).length === 0) return [];
    return [
      {
        id: 'runbook/markdown',
        path: 'alerts/runbook.md',
        kind: 'runbook',
        stack: 'Markdown',
        language: 'markdown',
        title: say`Runbook of ${name(result.case.appName || context.app.name)}: from the page to the exit`,
        use: say`git add alerts/runbook.md    # beside the rules: their runbook_url points to its headings`,
        text: runbook(result, parts),
      },
    ];
  },
} satisfies DeliverableEntry;

function runbook(result: OpenResult, p: Parts): Text {
  const objectives = objectivesOf(p.context);
  const states = statePromises(p);
  const burst = burstAlert(p.context);
  const watches = watchesOf(p);
  const mitigations = mitigationsOf(p);
  return say`# Runbook: ${p.app}

${promise(objectives, p)}
Roles: on call decides up to what can be undone in seconds. \`SRE-Lead\` approves what is marked so, \`Platform-Architect\` too where both are named. Say what you are about to do in the incident channel before you do it; change one thing at a time.

## Fill in once, before the first page

${settings(p)}
## First five minutes

${firstMinutes(p, objectives)}

## Decide by finding

${decisions(result, p, mitigations)}
## Mitigations, the soonest undone first

${mitigations.length > 0 ? join(mitigations.map(mitigation), '\n') : say`None is known for the parts of this case.`}
## Verify, and leave

${exit(p, objectives)}

## Escalate

${escalate(p)}

## By alert

${join(
  [
    ...objectives.flatMap((o) => o.alerts.map((a) => burnEntry(o, a, p, mitigations))),
    ...(burst ? objectives.map((o) => burstEntry(o, burst, mitigations)) : []),
    ...states.flatMap((s) => s.alerts.map((a) => stateEntry(s, a, p, mitigations))),
    ...[...objectives, ...states].map((o) => absentEntry(o.id, p)),
    ...(requestMetrics(p).native ? [] : objectives.filter((o) => o.limit)).map((o) => bucketEntry(o.id, p)),
    ...watches.map((w) => watchEntry(w, p, mitigations)),
  ],
  '\n',
)}`;
}

function promise(objectives: readonly Objective[], p: Parts): Text {
  const parts = objectives.map((o) =>
    o.limit
      ? say`${labelOf(o.limit.name)}${o.of ? say` of ${name(o.of.name)}` : ''} below ${num(o.limit)}`
      : say`at most ${num(o.budget)} failed${o.assumed ? say` (nobody stated a target: this is a default)` : ''}`,
  );
  const aim = aimedLoad(loadPoints(p.context));
  return markdown(say`Promise: ${join(parts, '; ')}${aim ? say`, up to ${num(aim.rate)}` : ''}.
`);
}

const fence = (language: string, text: Text): Text => say`
\`\`\`${language}
${safe(text)}
\`\`\`
`;

function firstMinutes(p: Parts, objectives: readonly Objective[]): Text {
  const m = requestMetrics(p);
  const promql = usesTool(p.context, ...PROMQL) || p.context.tools.length === 0;
  const [availability] = objectives;
  const changes = changesOf(p);
  const steps: Text[] = [
    promql && availability
      ? say`Is it real, and how bad? Share that fails, and the p99:
${fence('promql', say`(${ratesOf(m, availability).bad('5m')}) / (${ratesOf(m, availability).total('5m')} > 0)`)}${fence('promql', say`${durationQuantile(m, '0.99', { labels: '', window: '5m' })}`)}`
      : say`Is it real, and how bad? Share of failed requests and p99 of ${name(p.app)} over the last five minutes, in ${toolWord(p)}. Nothing in both: the alert is wrong, go to its entry below.`,
    say`Is it a burst? Requests a second against the rates of the case: ${rates(p)}. In a burst only what can be undone in seconds helps in time.`,
    changes.length > 0
      ? say`What changed? Deploys and flags of the last day, and these, which are known; one counts if it went out before the onset:
${join(
  changes.map(
    (c) => say`   - ${c}
`,
  ),
  '',
)}`
      : say`What changed? Deploys, flags, schema and configuration of the last day. The case names none.`,
    say`Which part? Open the dashboard: the first row says that it hurts, the rows below say where. The first line that is crossed, reading from the bottom row up, is where to begin.`,
    ...handLooks(p),
    say`Say so: "Looking at it, next word in a quarter of an hour", with the two numbers of step 1.`,
  ];
  return join(
    steps.map((s, i) => say`${String(i + 1)}. ${markdown(s)}`),
    '\n',
  );
}

/** Addresses that the commands below read, so that nobody looks for them at night. */
function settings(p: Parts): Text {
  const lines: string[] = ['export BASE_URL=     # where users reach the service'];
  if (usesTool(p.context, ...PROMQL)) lines.push('export PROMETHEUS_URL=');
  if (p.dialect === 'postgresql')
    lines.push('export DATABASE_URL=  # of a role that may read pg_stat_activity and end sessions');
  if (p.cache?.product === 'redis') lines.push('export REDIS_URL=');
  if (flagged(p.context).length > 0)
    lines.push(
      'export FLAGS_URL=    # where flags are set',
      'export FLAG_OFF= FLAG_ON=   # bodies that switch the last change off and on',
    );
  return fence('bash', say`${lines.join('\n')}`);
}

/** Looks by hand, for when the dashboard is down too. */
function handLooks(p: Parts): Text[] {
  const looks = [
    ...(p.dialect === 'postgresql'
      ? [
          say`psql "$DATABASE_URL" -c "SELECT state, wait_event_type, count(*), max(now() - xact_start) AS oldest FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2 ORDER BY 3 DESC"`,
        ]
      : []),
    ...(p.cache?.product === 'redis'
      ? [say`redis-cli -u "$REDIS_URL" info stats | grep -E 'keyspace_(hits|misses)|evicted_keys'`]
      : []),
  ];
  return looks.length === 0
    ? []
    : [
        say`No dashboard? By hand: sessions that wait for \`Lock\` or sit \`idle in transaction\` point at the database, many misses at the cache.
${fence('bash', join(looks, '\n'))}`,
      ];
}

/** What changed, as it is known: a deploy by its version and time with its author's words, else the words of the case. */
function changesOf(p: Parts): Text[] {
  return p.context.changes
    .slice(0, MOST_CHANGES)
    .map((c) =>
      c.origin === 'measured'
        ? say`${name(c.subject.service ?? '')} ${name(c.subject.name)}${c.at ? say`, ${c.at.slice(0, 19)}Z` : ''}: ${quote(c.summary)}`
        : say`${quote(c.summary)}${c.when && !c.summary.includes(c.when) ? say` (${quote(c.when)})` : ''}`,
    );
}

function toolWord(p: Parts): Text {
  const tool = p.context.tools.find((t) => t.roles.includes('apm') || t.roles.includes('metrics'));
  return tool ? say`${name(tool.name)}` : say`the metrics`;
}

function rates(p: Parts): Text {
  const points = loadPoints(p.context);
  return points.length > 0
    ? join(
        points.map((l) => say`${l.title.toLowerCase()} ${num(l.rate)}`),
        ', ',
      )
    : say`none was said; use the same hour of last week`;
}

/** One step a finding: what to look at, what it means, where to go. */
function decisions(result: OpenResult, p: Parts, mitigations: readonly Mitigation[]): Text {
  const findings = p.findings.slice(0, MOST_FINDINGS);
  if (findings.length === 0)
    return say`No cause is suspected yet: section 2 of the report says what to measure first.

`;
  const watches = watchesOf(p);
  return join(
    findings.map((f, i) => {
      const look = p.context.recorded ? watches.find((w) => settles(w, f, p)) : undefined;
      const measure = f.measurements
        .map((id) => result.measurements.find((m) => m.id === id))
        .find((m): m is Measurement => m !== undefined);
      const helps = mitigations.filter((m) => m.against.includes(f.hypothesis));
      return say`### ${String(i + 1)}. ${heading(f)}

${markdown(sentence(f.statement))}
${
  look
    ? watched(look, f)
    : measure
      ? say`
Look (${markdown(say`${measure.tool}`)}): ${markdown(measure.question)}
${fence(measure.language, measure.command)}
${markdown(measure.decides)}
`
      : say`
Ruled out if: ${markdown(sentence(f.refutedIf))}
`
}
${
  helps.length > 0
    ? say`It holds → ${join(
        helps.slice(0, 4).map((m) => say`[${m.id}](#${m.id})`),
        ', then ',
      )}. `
    : say`It holds → no mitigation here undoes it quickly; see section 4 of the report and [admit-less](#admit-less). `
}${i + 1 < findings.length ? say`It does not → ${String(i + 2)}.` : say`It does not → escalate.`}

`;
    }),
    '',
  );
}

/** A sign that the telemetry has: its query, and what either side of its line says. */
const watched = (w: Watch, f: Finding): Text => say`
Look (Prometheus): ${markdown(w.panel?.title ?? w.title)}
${fence('promql', w.panel?.targets[0]?.query ?? w.prometheus)}
${
  f.hypothesis === 'new-dependency-call'
    ? say`A value: the call is made, and this is what the slowest wait for it; beyond ${num(w.threshold)} it takes more than its part of the target. No series, or not a number: the call is not made, and it is not what hurts.`
    : w.panel
      ? say`More than ${num(w.threshold)} below what is usual at this hour: it is at work now. As usual: it is not what hurts.`
      : say`${w.above ? 'Beyond' : 'Below'} ${num(w.threshold)}: it is at work now. On the other side of it while requests are slow, or no series at all: it is not what hurts.`
}
`;

const heading = (f: Finding): Text => {
  const plain = markdown(f.title);
  return plain.map((s) => (typeof s !== 'string' && 'name' in s ? { name: s.name.replaceAll('`', '') } : s));
};

const mitigation = (m: Mitigation): Text => say`### ${m.id}

${markdown(sentence(m.title))} Undone in: ${m.undoneIn}. Approval: ${m.approvals.map((a) => `\`${a}\``).join(' and ')}.
${
  m.language === 'text'
    ? say`
${markdown(m.command)}
`
    : fence(m.language, m.command)
}
- Undo: ${markdown(m.undo)}
- Mind: ${markdown(m.caution)}
`;

function exit(p: Parts, objectives: readonly Objective[]): Text {
  const lines = objectives.map((o) =>
    o.limit
      ? say`- ${labelOf(o.limit.name)}${o.of ? say` of ${name(o.of.name)}` : ''} below ${num(o.limit)} for ${num(STEADY)}, at a load not below that of the onset.`
      : say`- Failed requests below ${num(o.budget)} for ${num(STEADY)}.`,
  );
  const watch = watchesOf(p)[0];
  return markdown(say`${join(lines, '\n')}${
    watch
      ? say`
- The sign of the cause is back on its side of the line: ${watch.title}.`
      : ''
  }
- Every mitigation in force is written down with its undo, its owner and a date.
- The cause is named with the observation that decided it; "it went away" is not an exit: keep the incident open as watched.`);
}

function escalate(p: Parts): Text {
  const third = p.callees.filter((c) => c.roles.includes('third-party')).slice(0, 3);
  const lines: Text[] = [
    say`- After ${num(STUCK_AFTER)} without a direction, or as soon as money or data may be wrong: \`SRE-Lead\`.`,
    say`- Before anything that changes schema, topology, limits of the database or what is refused: \`SRE-Lead\` and \`Platform-Architect\`.`,
    ...third.map((c) =>
      markdown(
        say`- ${name(c.subject.name)} is not yours: open a ticket with its operator with five request ids, times in UTC and the p99 you see; its status page is no proof either way.`,
      ),
    ),
    ...p.context.constraints
      .filter((c) => ['compliance', 'consistency', 'deadline', 'downtime-limit'].includes(c.kind))
      .slice(0, 4)
      .map((c) => markdown(say`- Holds in an incident too: ${quote(c.text)}.`)),
  ];
  return join(lines, '\n');
}
