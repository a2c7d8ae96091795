import { existsSync } from 'node:fs';
import { type Result, resultSchema } from '../domain/index.js';
import { createRedactor } from '../evidence/redact/index.js';
import { keptStatements } from '../governance/approvals/folder.js';
import { planOf } from '../governance/approvals/plan.js';
import { standingOf } from '../governance/approvals/standing.js';
import { mayLeave } from '../governance/classification.js';
import { POLICY_PATH } from '../governance/policy.js';
import { redactAgain } from '../governance/redact-again.js';
import { Refusal } from '../governance/refusal.js';
import { EXIT } from './exit.js';
import { policyAt, record, redactionOf, resultAt } from './governance.js';
import { writeOutputs } from './outputs.js';

export interface ExportOptions {
  to: string;
  policy?: string;
  approved?: boolean;
  folder: string;
  redactionRules?: string;
}

/**
 * Report, result and deliverables for others: redacted once more, only up to the level that the policy allows, and with
 * `approved` only when every recommendation in them is approved.
 */
export async function exportResult(file: string, options: ExportOptions): Promise<number> {
  const policy = policyAt(options.policy);
  const result = resultAt(file);
  if (!mayLeave(result.classification, policy.classification.exportUpTo))
    throw new Refusal(
      `The result is ${result.classification}; at most ${policy.classification.exportUpTo} may be exported.`,
      file,
      'Ask for a change of classification.exportUpTo in the policy, by review.',
      'denied',
    );
  if (options.approved)
    for (const { id } of result.recommendations) {
      const plan = planOf(result, id);
      const { state, missing } = standingOf(
        plan,
        keptStatements(options.folder, plan).read,
        policy,
        new Date(),
      );
      if (state !== 'approved')
        throw new Refusal(
          `${id} is not approved: ${state === 'refused' ? 'it was refused' : `${missing.join(' and ')} did not approve`}.`,
          options.folder,
          `kneepoint status ${file}`,
          'denied',
        );
    }
  const redacted = redactedAgain(result, options.redactionRules);
  const { json } = await writeOutputs(redacted, options.to);
  record('result.exported', {
    inputs: { 'result.json': JSON.stringify(result) },
    outputs: { 'result.json': json },
  });
  process.stdout.write(
    `${options.to}: ${result.classification}, redacted again${options.approved ? ', approved' : ''}${existsSync(POLICY_PATH) || options.policy ? '' : '; no policy file, so the default one'}\n`,
  );
  return EXIT.fine;
}

/** Rules may have been added since the result was made. */
const redactedAgain = (result: Result, rules: string | undefined): Result =>
  resultSchema.parse(redactAgain(result, createRedactor(redactionOf(rules))));
