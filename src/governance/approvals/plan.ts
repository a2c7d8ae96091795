import type { Result } from '../../domain/index.js';
import { canonicalJson, sha256 } from '../canonical.js';
import type { Risk } from '../policy.js';
import { Refusal } from '../refusal.js';

/** What an approval is bound to: hashes of the recommendation, of what it rests on, and of every file made for it. */
export interface Plan {
  recommendation: string;
  title: string;
  risk: Risk;
  parts: { recommendation: string; evidence: string; deliverables: string };
  /** SHA-256 over the parts: any change of any of them changes it. */
  hash: string;
}

/** The plan of a recommendation of a result. `id` may be the beginning of an id. */
export function planOf(result: Result, id: string): Plan {
  const exact = result.recommendations.filter((r) => r.id === id);
  const found = exact.length > 0 ? exact : result.recommendations.filter((r) => r.id.startsWith(id));
  const recommendation = found[0];
  if (!recommendation || found.length > 1)
    throw new Refusal(
      found.length > 1
        ? `"${id}" begins the ids of ${found.length} recommendations.`
        : `There is no recommendation "${id}".`,
      'the result',
      `Give one of: ${result.recommendations.map((r) => r.id).join(', ') || 'none (the result recommends nothing)'}.`,
    );
  const parts = {
    recommendation: sha256(canonicalJson(recommendation)),
    evidence: sha256(
      canonicalJson({
        findings: result.findings.filter((f) => recommendation.findings.includes(f.id)),
        facts: result.facts,
        sources: result.sources,
      }),
    ),
    deliverables: sha256(canonicalJson(result.deliverables)),
  };
  const title = recommendation.title
    .map((s) => (typeof s === 'string' ? s : 'n' in s ? s.n : 'name' in s ? s.name : s.quote))
    .join('');
  return sealedPlan(recommendation.id, title, recommendation.risk, parts);
}

/** The plan of a chaos experiment: its file, byte for byte. Doing harm on purpose is a high risk always. */
export function planOfExperiment(title: string, content: string): Plan {
  const nothing = sha256('');
  return sealedPlan(`chaos:${title}`, title, 'high', {
    recommendation: sha256(content),
    evidence: nothing,
    deliverables: nothing,
  });
}

function sealedPlan(id: string, title: string, risk: Risk, parts: Plan['parts']): Plan {
  return {
    recommendation: id,
    title,
    risk,
    parts,
    hash: sha256(canonicalJson({ schema: 'kneepoint/plan/1', id, risk, ...parts })),
  };
}
