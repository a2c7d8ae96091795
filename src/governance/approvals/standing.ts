import type { Policy } from '../policy.js';
import { readPublicKey } from '../ssh-keys.js';
import type { Plan } from './plan.js';
import type { ReadStatement, Statement } from './statement.js';

/** One statement, and why it does not count, when it does not. */
export interface Weighed {
  statement: Statement;
  void?: string;
}

export interface Standing {
  state: 'approved' | 'pending' | 'refused' | 'break-glass';
  /** Roles that still have to approve. */
  missing: string[];
  statements: Weighed[];
  /** A change was allowed without approval: it has to be looked at afterwards. */
  toBeReviewed: boolean;
}

/**
 * Where a plan stands: what people said of exactly this plan, each with a key that the policy gives the role, none
 * expired, each role by another person. The latest word of a person in a role counts; a refusal stands until its author approves, and no
 * break-glass passes it.
 */
export function standingOf(plan: Plan, read: readonly ReadStatement[], policy: Policy, now: Date): Standing {
  const ordered = [...read].sort((a, b) =>
    a.statement.at < b.statement.at ? -1 : a.statement.at > b.statement.at ? 1 : 0,
  );
  const statements = ordered.map((r): Weighed => {
    const reason = whyVoid(plan, r, policy, now);
    return reason === undefined ? { statement: r.statement } : { statement: r.statement, void: reason };
  });
  const latest = new Map<string, Statement>();
  for (const { statement, void: reason } of statements)
    if (reason === undefined)
      latest.set(`${statement.role}\n${statement.by}\n${statement.decision === 'break-glass'}`, statement);
  const said = [...latest.values()];
  const glass = said.filter((s) => s.decision === 'break-glass');
  const approvals = said.filter((s) => s.decision === 'approve');
  const refused = said.some((s) => s.decision === 'reject');
  const missing = missingRoles(policy.approvals[plan.risk], approvals);
  const state = refused
    ? 'refused'
    : missing.length === 0
      ? 'approved'
      : glass.length > 0
        ? 'break-glass'
        : 'pending';
  const everGlass = statements.some(
    (s) =>
      s.statement.decision === 'break-glass' && s.statement.plan === plan.hash && !FORGED.has(s.void ?? ''),
  );
  return { state, missing, statements, toBeReviewed: everGlass && missing.length > 0 };
}

const SIGNATURE = 'its signature is not of this text';
const FOREIGN = 'the policy does not give its key this role';
const FORGED = new Set([SIGNATURE, FOREIGN]);

function whyVoid(
  plan: Plan,
  { statement: s, signer }: ReadStatement,
  policy: Policy,
  now: Date,
): string | undefined {
  if (!signer) return SIGNATURE;
  const holder = policy.roles[s.role]?.find(
    (p) => p.name === s.by && readPublicKey(p.key, p.name).fingerprint === signer.fingerprint,
  );
  if (!holder) return FOREIGN;
  if (s.recommendation !== plan.recommendation) return 'it is of another recommendation';
  if (s.plan !== plan.hash) return changedParts(plan, s);
  const [at, expires] = [Date.parse(s.at), Date.parse(s.expires)];
  if (!Number.isFinite(at) || !Number.isFinite(expires)) return 'its times are none';
  if (at > now.getTime() + CLOCK_SKEW_MS) return 'it is from the future';
  // A refusal is kept whatever its age.
  if (s.decision === 'reject') return undefined;
  const hours = s.decision === 'break-glass' ? policy.approvals.breakGlassHours : policy.approvals.validHours;
  if (expires <= now.getTime() || at + hours * HOUR_MS <= now.getTime()) return 'it has expired';
  return undefined;
}
const HOUR_MS = 3_600_000;
const CLOCK_SKEW_MS = 300_000;

function changedParts(plan: Plan, s: Statement): string {
  const changed = [
    s.recommendationHash === plan.parts.recommendation ? '' : 'the recommendation',
    s.evidenceHash === plan.parts.evidence ? '' : 'the evidence',
    s.deliverablesHash === plan.parts.deliverables ? '' : 'the deliverables',
  ].filter((p) => p !== '');
  return `${changed.join(' and ') || 'the plan'} changed since`;
}

/** Roles without an approval when each person counts for one role only: the best of all ways to give people roles. */
function missingRoles(roles: readonly string[], approvals: readonly Statement[]): string[] {
  const holder = new Map<string, string>();
  const give = (role: string, tried: Set<string>): boolean => {
    for (const { by } of approvals.filter((a) => a.role === role)) {
      if (tried.has(by)) continue;
      tried.add(by);
      const other = holder.get(by);
      if (other === undefined || give(other, tried)) {
        holder.set(by, role);
        return true;
      }
    }
    return false;
  };
  return roles.filter((role) => !give(role, new Set()));
}
