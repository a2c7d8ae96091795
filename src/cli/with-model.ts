import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedactorOptions } from '../evidence/redact/index.js';
import type { Investigation } from '../investigate/investigate.js';
import { EXIT, UserError } from './exit.js';
import { isAudited, policyAt, record } from './governance.js';

/** Of `investigate`. */
export interface ModelOptions {
  redact: boolean;
  out: string;
  json?: boolean;
  audit?: boolean;
}

type Assistant = (
  investigation: Investigation,
  redaction: RedactorOptions,
  progress: (doing: string) => void,
) => Promise<void>;

/**
 * Opens the model of the policy before anything is read, so that a mistake shows at once. What it brings goes into model.md
 * and model.json beside the report: the result and the report are the same without it.
 */
export async function openAssistant(options: ModelOptions): Promise<Assistant> {
  if (!options.redact)
    throw new UserError(
      EXIT.badInput,
      'What is not redacted is shown to no model.',
      '--with-model, --no-redact',
      'Leave one of them out.',
    );
  const policy = policyAt(undefined);
  const settings = policy.model;
  if (!settings)
    throw new UserError(
      EXIT.badInput,
      'The policy names no model.',
      '.kneepoint/policy.yaml, model',
      'Set model.provider and model.name; docs/serve.md shows how.',
    );
  const [{ openModel }, { assist }, { assistedMarkdown }] = await Promise.all([
    import('../assistant/model.js'),
    import('../assistant/assist.js'),
    import('../assistant/render.js'),
  ]);
  const model = await openModel(settings);
  return async ({ result, context }, redaction, progress) => {
    progress(`asking ${model.name}`);
    const assisted = await assist({ result, context, model, settings, policy, redaction });
    const text = assistedMarkdown(assisted);
    const transcript = `${JSON.stringify(assisted, null, 2)}\n`;
    await writeFile(join(options.out, 'model.md'), text);
    await writeFile(join(options.out, 'model.json'), transcript);
    if (isAudited(options.audit))
      record('model.asked', {
        inputs: Object.fromEntries(assisted.transcript.map((t) => [t.question, t.prompt])),
        outputs: { 'model.json': transcript },
      });
    if (!options.json) process.stdout.write(`Model: ${join(options.out, 'model.md')}\n`);
  };
}
