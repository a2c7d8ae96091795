import type { Finding, Recommendation, Result } from '../../src/domain/index.js';
import { investigate } from '../../src/investigate/investigate.js';
import type { Truth } from '../faults/fault.js';
import { CASE } from './case.js';

export type EvidencePaths = { baseline: string; incident: string; changes?: string };

/** The investigation of recorded phases, by the same engine that users run. */
export async function diagnose({ baseline, incident, changes }: EvidencePaths): Promise<Result> {
  const { result } = await investigate({
    caseText: CASE,
    evidence: [
      { path: incident, role: 'incident' },
      { path: baseline, role: 'baseline' },
      ...(changes === undefined ? [] : [{ path: changes, role: 'unspecified' as const }]),
    ],
    redact: true,
  });
  return result;
}

const isTrue = (finding: Finding, truth: Truth): boolean =>
  truth.hypotheses.includes(finding.hypothesis) &&
  (truth.subject === undefined ||
    truth.subject.test(finding.subject.name) ||
    truth.subject.test(finding.subject.id));

/** Causes that a result stands by, in its order: supported ones, then plausible ones of one half or more. */
export const named = (result: Result): Finding[] =>
  result.findings.filter(
    (f) => f.verdict === 'supported' || (f.verdict === 'plausible' && f.probability >= 0.5),
  );

export type Found = {
  /** Place of the true cause among those named, from 1; nothing when it is not. */
  rank?: number;
  finding?: Finding;
  /** Share of the excess that it was given. */
  share?: number;
  /** Supported causes that are not true. */
  falseCauses: string[];
};

/** Holds a result against the truth. */
export function scoreCause(result: Result, truths: readonly Truth[]): Found[] {
  const all = named(result);
  const falseCauses = all
    .filter((f) => f.verdict === 'supported' && !truths.some((t) => isTrue(f, t)))
    .map((f) => f.id);
  return truths.map((truth) => {
    const at = all.findIndex((f) => isTrue(f, truth));
    const finding = all[at];
    return {
      ...(finding ? { rank: at + 1, finding } : {}),
      ...(finding?.claim ? { share: finding.claim.share } : {}),
      falseCauses,
    };
  });
}

/** The forecast of a recommendation: p99 of the entry operation after it, in ms. */
export type ForecastP99 = { operation: string; service: string; value: number; interval: [number, number] };

/** The first recommendation that can be made for real, with its forecast. */
export function applicable(
  result: Result,
  remedies: readonly string[],
): { recommendation: Recommendation; place: number; forecast?: ForecastP99 } | undefined {
  const sorted = [...result.recommendations].sort((a, b) => a.rank - b.rank);
  const recommendation = sorted.find((r) => remedies.includes(r.remedy));
  if (!recommendation) return undefined;
  const fact = result.facts.find((f) => f.id === recommendation.forecast);
  const entry = result.excess?.subject;
  return {
    recommendation,
    place: recommendation.rank,
    ...(fact?.interval && fact.name === 'latency.p99' && entry
      ? {
          forecast: {
            operation: entry.name,
            service: entry.service ?? '',
            value: fact.value,
            interval: [fact.interval[0], fact.interval[1]] as [number, number],
          },
        }
      : {}),
  };
}
