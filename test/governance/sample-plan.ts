import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Result } from '../../src/domain/index.js';
import { planOf } from '../../src/governance/approvals/plan.js';
import { signed, statementFor } from '../../src/governance/approvals/statement.js';
import { type Policy, policySchema } from '../../src/governance/policy.js';
import { investigate } from '../../src/investigate/investigate.js';

/** A result with recommendations, from stated facts alone: no engine is needed. */
export async function sampleResult(): Promise<Result> {
  const { result } = await investigate({ caseText: CASE, evidence: [], redact: true });
  return result;
}
const CASE = `app_name: Shop API
architecture: Node.js API → PostgreSQL 15
performance_issues: p99 latency spiked from 480ms to 1.8s during flash sales; CPU pegged at 90%; DB connections maxed.
current_metrics: p50 120ms, p95 600ms, p99 1.8s, QPS 3k steady, 6k peak
target_metrics: p99 < 700ms under 8k QPS
`;

export interface Person {
  name: string;
  key: KeyObject;
  /** In PEM, as a policy may hold it. */
  publicKey: string;
}
export function person(name: string): Person {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { name, key: privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

export const policyOf = (roles: Record<string, Person[]>): Policy =>
  policySchema.parse({
    roles: Object.fromEntries(
      Object.entries(roles).map(([role, people]) => [
        role,
        people.map((p) => ({ name: p.name, key: p.publicKey })),
      ]),
    ),
  });

export const AT = '2026-03-01T12:00:00.000Z';
export const later = (hours: number): string => new Date(Date.parse(AT) + hours * 3_600_000).toISOString();

/** A signed decision of a person on a recommendation. */
export function decided(
  result: Result,
  id: string,
  by: Person,
  role: string,
  as: { decision?: 'approve' | 'reject' | 'break-glass'; at?: string; hours?: number } = {},
): string {
  const at = as.at ?? AT;
  const expires = new Date(Date.parse(at) + (as.hours ?? 24) * 3_600_000).toISOString();
  const statement = statementFor(planOf(result, id), {
    decision: as.decision ?? 'approve',
    role,
    by: by.name,
    reason: 'Read, and the way back is known',
    at,
    expires,
  });
  return signed(statement, by.key).text;
}
