import {
  type Context,
  type Fact,
  type Finding,
  join,
  type Recommendation,
  type Remedy,
  type Text,
} from '../domain/index.js';
import { isMaterial } from './budget.js';
import type { Judged } from './infer.js';
import { profileBenefit } from './profile-benefit.js';

/** At most this many causes get remedies when nothing is measured; the rest waits for the measurement plan. */
const CAUSES = 10;
/** Second and later remedies of a cause count for less: the first usually removes most of it. */
const NEXT_REMEDY = 0.55;
/** Where traces measured what the cause claims, the forecast of the first shows how little is left. */
const NEXT_OF_MEASURED = 0.45;
const REMEDIES_PER_CAUSE = 3;
const EFFORT_WEIGHT = { minutes: 1, hours: 0.92, days: 0.75, weeks: 0.45 } as const;
const RISK_WEIGHT = { low: 1, medium: 0.85, high: 0.6 } as const;

/** Roles that must approve by risk; the policy of the brief. */
const APPROVALS = {
  low: ['SRE-Lead'],
  medium: ['SRE-Lead', 'Platform-Architect'],
  high: ['SRE-Lead', 'Platform-Architect'],
} as const;

export interface Recommended {
  recommendations: Recommendation[];
  /** Remedies that a constraint rules out, and why. */
  blocked: { remedy: string; finding: string; why: Text }[];
  facts: Fact[];
}

/** A forecast for a remedy of a finding, made by re-timing the recorded requests. */
export type Forecaster = (remedy: Remedy, judged: Judged) => { p99: Fact; says: Text } | undefined;

interface Candidate {
  remedy: Remedy;
  judged: Judged;
  score: number;
}

/**
 * Binds remedies to the findings that stand, merges those that several findings share, and orders them by
 * what they bring (claimed milliseconds, or probability where nothing is measured), effort and risk.
 */
export function recommend(
  findings: readonly Judged[],
  remedies: readonly Remedy[],
  context: Context,
  forecastOf: Forecaster = () => undefined,
): Recommended {
  const byId = new Map(remedies.map((r) => [r.id, r]));
  const blocked: Recommended['blocked'] = [];
  const candidates: Candidate[] = [];
  const standing = findings.filter((j) => standsForRemedies(j.finding, context)).slice(0, CAUSES);
  for (const judged of standing) {
    let place = 0;
    for (const id of judged.finding.remedies) {
      const remedy = byId.get(id);
      if (!remedy || place >= REMEDIES_PER_CAUSE) continue;
      const why = remedy.blocked?.(context, judged.finding.subject);
      if (why) {
        blocked.push({ remedy: id, finding: judged.finding.id, why });
        continue;
      }
      const value = judged.finding.claim?.share ?? judged.finding.probability * (context.telemetry ? 0.1 : 1);
      const next = judged.finding.claim ? NEXT_OF_MEASURED : NEXT_REMEDY;
      const score = value * next ** place * EFFORT_WEIGHT[remedy.effort] * RISK_WEIGHT[remedy.risk];
      candidates.push({ remedy, judged, score });
      place++;
    }
  }
  const groups = groupBy(candidates, (c) => c.remedy.id);
  const facts: Fact[] = [];
  const drafts = [...groups.values()].map((group) => bind(group, context, forecastOf, facts));
  const ordered = drafts.sort((a, b) => b.score - a.score || (a.rec.id < b.rec.id ? -1 : 1));
  return { recommendations: ordered.map((d, i) => ({ ...d.rec, rank: i + 1 })), blocked, facts };
}

/** With telemetry only supported causes and the likeliest plausible ones; on stated facts the plausible ones. */
function standsForRemedies(finding: Finding, context: Context): boolean {
  if (finding.verdict === 'supported') return true;
  if (finding.verdict !== 'plausible' || isWell(context)) return false;
  return context.telemetry ? finding.probability >= 0.5 : true;
}

/** What was recorded is no slower than before; or, with nothing to compare, its p99 is within the target. */
function isWell(context: Context): boolean {
  const telemetry = context.telemetry;
  if (!telemetry) return false;
  if (telemetry.hasBaseline) return !isMaterial(telemetry);
  const p99 = context.facts.find({ name: 'latency.p99', subject: telemetry.entry, origin: 'measured' });
  const target = context.facts.find({ name: 'latency.p99', phase: 'target' });
  return p99 !== undefined && target !== undefined && p99.value <= target.value;
}

function bind(
  group: readonly Candidate[],
  context: Context,
  forecastOf: Forecaster,
  facts: Fact[],
): { rec: Recommendation; score: number } {
  const sorted = [...group].sort((a, b) => b.score - a.score);
  const best = sorted[0] as Candidate;
  const { remedy, judged } = best;
  const claim = judged.finding.claim;
  const claimFact = claim ? context.facts.all.find((f) => f.id === claim.facts[0]) : undefined;
  const advice = remedy.advise(context, {
    finding: judged.finding.id,
    hypothesis: judged.hypothesis.id,
    subject: judged.finding.subject,
    supported: judged.finding.verdict === 'supported',
    changes: judged.changes,
    ...(claimFact ? { claim: claimFact } : {}),
  });
  const made = forecastOf(remedy, judged);
  if (made) facts.push(made.p99);
  if (advice.forecast) facts.push(advice.forecast);
  const risk = advice.risk ?? remedy.risk;
  const forecastId = made?.p99.id ?? advice.forecast?.id;
  const rec: Recommendation = {
    id: remedy.id,
    remedy: remedy.id,
    layer: remedy.layer,
    findings: sorted.map((c) => c.judged.finding.id),
    rank: 0,
    title: advice.title,
    description: advice.description,
    benefit: join(
      [
        ...(made ? [made.says] : []),
        ...boundBy(profileBenefit(context, judged.finding.subject, remedy.id)),
        advice.benefit,
      ],
      ' ',
    ),
    ...(forecastId ? { forecast: forecastId } : {}),
    risk,
    riskText: advice.riskText,
    effort: advice.effort ?? remedy.effort,
    effortText: advice.effortText,
    verification: advice.verification,
    ...(advice.verifyCommand ? { verifyCommand: advice.verifyCommand } : {}),
    approvals: [...APPROVALS[risk]],
    ...(remedy.section ? { section: remedy.section } : {}),
    design: advice.design,
  };
  // A remedy that serves several causes is worth more than for its best one alone, but less than their sum.
  const riskier = RISK_WEIGHT[risk] / RISK_WEIGHT[remedy.risk];
  const score = riskier * sorted.reduce((sum, c, i) => sum + c.score / (i + 1) ** 2, 0);
  return { rec, score };
}

const boundBy = (text: Text | undefined): Text[] => (text ? [text] : []);

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}
