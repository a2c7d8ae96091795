import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCase } from '../case/index.js';
import type { RedactorOptions } from '../evidence/redact/index.js';
import { type Investigation, investigate } from '../investigate/investigate.js';
import { EXIT, UserError } from './exit.js';
import { sortInputs } from './inputs.js';
import { writeOutputs } from './outputs.js';
import { progressOn } from './progress.js';

export interface InvestigateOptions {
  source: string[];
  window?: string;
  baselineWindow?: string;
  offline?: boolean;
  evidence: string[];
  baseline: string[];
  out: string;
  json?: boolean;
  redact: boolean;
  redactionRules?: string;
  policy?: string;
  audit?: boolean;
  store?: string;
  withModel?: boolean;
}

/** Beyond this a case file is not a text that somebody wrote. */
const CASE_LIMIT_BYTES = 5_000_000;

export async function runInvestigate(
  inputs: readonly string[],
  options: InvestigateOptions,
): Promise<number> {
  if (inputs.length === 0 && options.evidence.length === 0 && options.source.length === 0)
    throw new UserError(
      EXIT.badInput,
      'Nothing to investigate.',
      'the command line',
      'Name a prompt text, a case.yaml or a folder of telemetry; kneepoint init writes a case.yaml.',
    );
  for (const path of inputs) await refuseHugeCase(path);
  const sorted = sortInputs(inputs, options.evidence, options.baseline);
  const progress = progressOn(process.stderr);
  const { isAudited, policyAt, record, redactionOf } = await import('./governance.js');
  const policy = policyAt(options.policy);
  const redaction = redactionOf(options.redactionRules, policy);
  const assistant = options.withModel
    ? await (await import('./with-model.js')).openAssistant(options)
    : undefined;
  const live = options.offline
    ? undefined
    : await collectLiveEvidence(sorted.caseText, options, redaction, progress);
  const investigation = await investigate({
    ...sorted,
    evidence:
      live === undefined ? sorted.evidence : [...sorted.evidence, { path: live, role: 'unspecified' }],
    systemsSettled: true,
    ...(options.store === undefined ? {} : { store: storeNamed(options.store) }),
    redact: options.redact,
    redaction,
    classification: policy.classification.level,
    progress,
  });
  const code = await finish(investigation, options);
  if (isAudited(options.audit))
    record(options.redact ? 'investigation' : 'investigation.unredacted', {
      inputs: sorted.caseText === undefined ? {} : { case: sorted.caseText },
      outputs: outputsOf(investigation),
    });
  if (assistant) await assistant(investigation, redaction, progress);
  return code;
}

/**
 * Asks the systems that the case and the command line name, and keeps what they gave beside the report, where it can be
 * investigated again without them. The path of that file, or `undefined` when no system is named.
 */
async function collectLiveEvidence(
  caseText: string | undefined,
  options: InvestigateOptions,
  redaction: RedactorOptions,
  progress: (doing: string) => void,
): Promise<string | undefined> {
  const read = caseText === undefined ? undefined : readCase(caseText);
  const systems = (read?.sources ?? []).flatMap((s) => ('system' in s ? [s] : []));
  if (systems.length === 0 && options.source.length === 0) return undefined;
  const { collectInto, entriesOf, windowsOf } = await import('./live.js');
  const bundle = join(options.out, 'evidence.kneepoint.gz');
  await collectInto(
    entriesOf(options.source, systems),
    windowsOf(options, read?.windows, Date.now()),
    { bundle, redact: options.redact, redaction, again: 'kneepoint investigate' },
    progress,
  );
  return bundle;
}

/** A URL is a ClickHouse server, anything else a folder. */
const storeNamed = (where: string): { directory: string } | { url: string } =>
  /^https?:\/\//.test(where) ? { url: where } : { directory: where };

async function refuseHugeCase(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() && /\.(txt|md|ya?ml)$/i.test(path) && info.size > CASE_LIMIT_BYTES)
    throw new UserError(
      EXIT.badInput,
      `The case file has ${info.size} bytes; a case is a text of a few pages.`,
      path,
      'Give telemetry with --evidence, and the ten inputs as the case.',
    );
}

/** The result and its deliverables, by the fixed paths of these. */
const outputsOf = ({ result }: Investigation): Record<string, string> => ({
  'result.json': JSON.stringify(result),
  ...Object.fromEntries(result.deliverables.map((d) => [d.path, JSON.stringify(d.text)])),
});

/** Writes the outputs and prints the summary, or the result with `--json`. */
export async function finish(
  investigation: Investigation,
  options: { out: string; json?: boolean },
): Promise<number> {
  const written = await writeOutputs(investigation.result, options.out, investigation.pages);
  process.stdout.write(options.json ? `${written.json}` : written.terminal);
  return investigation.result.problems.some((p) => p.severity === 'error') ? EXIT.badInput : EXIT.fine;
}
