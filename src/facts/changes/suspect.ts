import { readDiff } from './diff.js';
import type { Commit, IncidentEvidence, Switch } from './evidence.js';
import type { DiffMechanism } from './mechanism.js';
import { excess, type FaultKind, FITS, OPERATIONAL, readSignature, type Signature } from './signature.js';
import { readSwitch } from './switches.js';

/** The answer to "which change did it": a commit, a switch, or none, with its reasons. */
export interface Suspicion {
  /** Probability of each candidate, `none` among them; sums to 1. A switch has the name of what was switched as `sha`. */
  ranked: Candidate[];
  firstService: string | undefined;
  blastRadius: string[];
  signature: Signature;
}

export interface Candidate {
  kind: 'commit' | 'switch' | 'none';
  sha: string | 'none';
  probability: number;
  because: string[];
  fit?: Fit;
}

/** How a change can have brought what is seen. */
export interface Fit {
  mechanism: DiffMechanism;
  fault: FaultKind;
  /** Line of the diff that shows it. */
  line: string;
}

/** A deploy this shortly before the onset can still be the cause of a fault that shows under load. */
const LATEST_LAG_MS = 4 * 3600_000;

/**
 * Weighs every commit by mechanism (what its diff does against what the telemetry shows), place (does it run in the
 * service that failed first) and onset (was it running before), against operational causes and "no commit".
 * Being recent is worth nothing by itself.
 */
export function suspectChange(evidence: IncidentEvidence): Suspicion {
  const signature = readSignature(evidence);
  const firstService = firstFailing(evidence, signature);
  const scores = evidence.commits.map((commit) => scoreCommit(commit, evidence, signature, firstService));
  const switches = (evidence.switches ?? []).map((s) => scoreSwitch(s, evidence, signature, firstService));
  const none = scoreNone(signature);
  const all = [...scores, ...switches, none].sort((a, b) => b.score - a.score || (a.sha < b.sha ? -1 : 1));
  const top = all[0]?.score ?? 0;
  const total = all.reduce((sum, s) => sum + Math.exp(s.score - top), 0);
  return {
    ranked: all.map((s) => ({
      kind: s.kind,
      sha: s.sha,
      probability: Math.exp(s.score - top) / total,
      because: s.because,
      ...(s.fit ? { fit: s.fit } : {}),
    })),
    firstService,
    blastRadius: blastRadius(evidence, signature, firstService),
    signature,
  };
}

interface Scored {
  kind: Candidate['kind'];
  sha: string;
  score: number;
  because: string[];
  fit?: Fit;
}

function scoreNone(signature: Signature): Scored {
  const operational = signature.faults.find((f) => OPERATIONAL.includes(f.kind));
  const lead = signature.faults[0];
  const weight = operational && lead && operational.weight >= lead.weight / 2 ? operational.weight : 0;
  return {
    kind: 'none',
    sha: 'none',
    score: 1 + weight,
    because: operational && weight > 0 ? [`${operational.kind}: ${operational.because}`] : [],
  };
}

function scoreCommit(
  commit: Commit,
  evidence: IncidentEvidence,
  signature: Signature,
  firstService: string | undefined,
): Scored {
  const because: string[] = [];
  const reading = readDiff(commit);
  const deploy = evidence.deploys.find((d) => sameSha(d.sha, commit.sha));
  const runsAt = deploy?.atMs ?? commit.atMs;
  const onset = signature.onsetMs;
  if (reading.inert)
    return { kind: 'commit', sha: commit.sha, score: -4, because: ['changes nothing that runs'] };
  let score = commit.diff ? 0 : -2;
  if (onset !== undefined) {
    // Telemetry is sampled: an onset is known to about a minute.
    if (runsAt > onset + 60_000)
      return { kind: 'commit', sha: commit.sha, score: -5, because: ['came after the onset'] };
    if (onset - runsAt > LATEST_LAG_MS) score -= 1;
  }
  const fit = bestFit(reading.mechanisms, signature);
  if (fit) {
    score += fit.weight;
    because.push(`${fit.mechanism} fits ${fit.fault}: ${fit.line}`);
  } else if (commit.diff) score -= 1;
  const place = placeOf(commit, deploy?.service, firstService, evidence, signature);
  // Where a change ran is a reason only beside what it does: every service has a latest change.
  score += fit || place.weight < 0 ? place.weight : place.weight * PLACE_ALONE;
  if (place.because) because.push(place.because);
  if (deploy) score += 0.7;
  else if (evidence.deploys.length > 0) score -= 0.7;
  return { kind: 'commit', sha: commit.sha, score, because, ...(fit ? { fit } : {}) };
}

/** A switch acts at once, or when the next request that meets it comes. */
const SWITCH_LAG_MS = 10 * 60_000;
/** Switches are many, and most do nothing to performance: when and where alone leave the question open. */
const OF_A_SWITCH = -1.5;
const SOON = 1;
const LATE = -1.5;

/**
 * A flag or setting, weighed as a commit is: what it is about against what the telemetry shows, the service it is of, and
 * when it was switched.
 */
function scoreSwitch(
  s: Switch,
  evidence: IncidentEvidence,
  signature: Signature,
  firstService: string | undefined,
): Scored {
  const base = { kind: 'switch' as const, sha: s.name };
  const onset = signature.onsetMs;
  if (onset !== undefined && s.atMs > onset + 60_000)
    return { ...base, score: -5, because: ['came after the onset'] };
  const because: string[] = [];
  let score = OF_A_SWITCH;
  if (onset !== undefined) score += onset - s.atMs <= SWITCH_LAG_MS ? SOON : LATE;
  const fit = bestFit(readSwitch(s), signature);
  const tells = fit !== undefined && fit.mechanism !== 'flag-changed';
  if (fit) score += tells ? fit.weight : fit.weight * PLACE_ALONE;
  if (tells) because.push(`${fit.mechanism} fits ${fit.fault}: ${fit.line}`);
  const of = { sha: s.name, atMs: s.atMs, message: s.what, files: [] };
  const place = placeOf(of, s.service === '' ? undefined : s.service, firstService, evidence, signature);
  score += tells || place.weight < 0 ? place.weight : place.weight * PLACE_ALONE;
  if (place.because) because.push(place.because.replace('deployed to', 'switched in'));
  return { ...base, score, because, ...(tells ? { fit } : {}) };
}

/** Weight of the place of a change whose diff shows nothing that fits. */
const PLACE_ALONE = 0.5;
/** A change that ran where nothing deviates, while that was measured. */
const ELSEWHERE_AND_WELL = -4;
const ELSEWHERE = -1.5;

function bestFit(
  mechanisms: ReturnType<typeof readDiff>['mechanisms'],
  signature: Signature,
): (Fit & { weight: number }) | undefined {
  const lead = signature.faults[0]?.weight ?? 0;
  return mechanisms
    .flatMap((m) =>
      signature.faults.map((f) => ({
        weight: (FITS[f.kind][m.mechanism] ?? 0) * Math.min(1, f.weight / Math.max(lead, 1)),
        mechanism: m.mechanism,
        fault: f.kind,
        line: m.line,
      })),
    )
    .filter((x) => x.weight > 0)
    .sort((a, b) => b.weight - a.weight)[0];
}

/** Does the commit run in the service that failed first: by deploy, by path, or as shared code deployed there. */
function placeOf(
  commit: Commit,
  deployedTo: string | undefined,
  firstService: string | undefined,
  evidence: IncidentEvidence,
  signature: Signature,
): { weight: number; because?: string } {
  if (firstService === undefined) return { weight: 0 };
  if (deployedTo !== undefined && sameService(deployedTo, firstService))
    return { weight: 2, because: `deployed to ${firstService}` };
  const paths = commit.files.join('\n').toLowerCase();
  if (paths.includes(stem(firstService))) return { weight: 1, because: `touches ${firstService}` };
  const elsewhere =
    deployedTo ??
    services(evidence).find((s) => !sameService(s, firstService) && paths.includes(`/${stem(s)}/`));
  if (elsewhere === undefined) return { weight: 0 };
  return { weight: isWell(elsewhere, evidence, signature) ? ELSEWHERE_AND_WELL : ELSEWHERE };
}

/** The service is measured, and none of what is measured got worse. */
const isWell = (service: string, evidence: IncidentEvidence, signature: Signature): boolean =>
  evidence.series.some((s) => sameService(s.service, service)) &&
  !signature.deviations.some((d) => sameService(d.service, service) && d.kind !== 'load') &&
  !evidence.spans.some((s) => s.failed && sameService(s.service, service));

/** Earliest own deviation, deepest failing span, own bad log lines, the service that others complain of, the alert. */
function firstFailing(evidence: IncidentEvidence, signature: Signature): string | undefined {
  const score = new Map<string, number>();
  const vote = (service: string, weight: number): void =>
    void score.set(service, (score.get(service) ?? 0) + weight);
  if (evidence.alert) vote(evidence.alert.service, 2);
  const bad = signature.deviations.filter((d) => d.direction > 0 && d.kind !== 'load' && d.kind !== 'other');
  const first = Math.min(...bad.map((d) => d.onsetMs));
  for (const service of new Set(bad.map((d) => d.service))) {
    const own = Math.min(...bad.filter((d) => d.service === service).map((d) => d.onsetMs));
    vote(service, own <= first + 60_000 ? 1.5 : 0);
    if (
      bad.some(
        (d) => d.service === service && (d.kind === 'wait' || d.kind === 'work' || d.kind === 'saturation'),
      )
    )
      vote(service, 1);
  }
  const names = services(evidence);
  for (const t of signature.templates.filter((x) => excess(x) && isBad(x.severity, x.text))) {
    const blamed = names.find((s) => s !== t.service && t.text.toLowerCase().includes(s.toLowerCase()));
    if (blamed) vote(blamed, 1);
    else vote(t.service, 0.5);
  }
  for (const s of evidence.spans.filter(
    (x) => x.failed && !evidence.spans.some((c) => c.parentId === x.spanId && c.failed),
  ))
    vote(s.service, 0.5);
  return [...score].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

/** Services whose users noticed: latency or errors left their range, or they complain of the first one. */
function blastRadius(
  evidence: IncidentEvidence,
  signature: Signature,
  firstService: string | undefined,
): string[] {
  const hit = new Set<string>();
  for (const d of signature.deviations)
    if (d.direction > 0 && (d.kind === 'latency' || d.kind === 'errors' || d.kind === 'wait'))
      hit.add(d.service);
  for (const t of signature.templates) if (excess(t) && isBad(t.severity, t.text)) hit.add(t.service);
  for (const s of evidence.spans)
    if (s.failed && evidence.spans.some((c) => c.parentId === s.spanId && c.failed)) hit.add(s.service);
  return [...hit].filter((s) => s !== firstService).sort();
}

const isBad = (severity: string, text: string): boolean =>
  /warn|error|fatal|crit|panic/i.test(severity) ||
  /fail|timeout|exceed|exhaust|panic|reject|degrad|slow/i.test(text);

const services = (evidence: IncidentEvidence): string[] =>
  [
    ...new Set([
      ...evidence.series.map((s) => s.service),
      ...evidence.spans.map((s) => s.service),
      ...evidence.deploys.map((d) => d.service),
    ]),
  ].sort();

/** "checkoutservice", "checkout-service" and "services/checkout" name one service. */
const stem = (service: string): string => service.toLowerCase().replace(/[-_]?(service|svc|api)$/, '');
const sameService = (a: string, b: string): boolean => stem(a) === stem(b);
const sameSha = (a: string, b: string): boolean =>
  a === b || (a.length >= 7 && b.startsWith(a)) || (b.length >= 7 && a.startsWith(b));
