import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { APPROVALS_FOLDER } from '../governance/approvals/folder.js';
import { EXIT, UserError } from './exit.js';
import { policyAt, redactionOf } from './governance.js';

export interface ServeVerbOptions {
  port: string;
  data: string;
  root: string[];
  record: string[];
  policy?: string;
  redactionRules?: string;
}

/** Serves until it is told to stop. `program` holds all commands: the API offers the same. */
export async function runServe(options: ServeVerbOptions, program: Command): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UserError(
      EXIT.badInput,
      `${options.port} is no port.`,
      '--port',
      'Give a number from 0 to 65535.',
    );
  const policy = policyAt(options.policy);
  const redaction = redactionOf(options.redactionRules, policy);
  const [{ serve }, { openApp }] = await Promise.all([
    import('../server/serve.js'),
    import('../server/app.js'),
  ]);
  const roots = existing(options.root);
  const records = readable(options.record);
  const serving = await serve({ data: options.data, port, policy, redaction }, (ground) =>
    openApp(
      {
        policy,
        redaction,
        roots,
        records,
        command: ownCommand(),
        program,
        approvals: APPROVALS_FOLDER,
        redactionRules: options.redactionRules,
        policyFile: options.policy,
      },
      ground,
    ),
  );
  const { recovered } = serving.receiver;
  if (recovered.segments > 0)
    say(
      `closed ${recovered.segments} segments of a run that ended early: ${recovered.requests} requests kept, ${recovered.cutBytes} bytes of unfinished ones cut`,
    );
  say(
    `${serving.url} takes OTLP over HTTP (/v1/traces, metrics, logs, profiles); kept in ${join(options.data, 'received')}`,
  );
  say(`${serving.url}/ in a browser; the API is described at ${serving.url}/api/v1/openapi.json`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  say('stopping');
  await serving.close();
  return EXIT.fine;
}

/** Refused before anything is opened. */
function existing(roots: readonly string[]): readonly string[] {
  for (const root of roots)
    if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
      throw new UserError(
        EXIT.badInput,
        'There is no such folder.',
        root,
        'Name a folder that exists with --root.',
      );
  return roots;
}

function readable(records: readonly string[]): readonly string[] {
  for (const record of records)
    if (!statSync(record, { throwIfNoEntry: false }))
      throw new UserError(
        EXIT.badInput,
        'There is no such record of forecasts.',
        record,
        'Name a file of `kneepoint verify --record`, or the folder of `kneepoint lab run --out`.',
      );
  return records;
}

/** How this process was started: jobs run the same program. */
const ownCommand = (): string[] => [process.execPath, ...process.execArgv, process.argv[1] ?? ''];

const say = (text: string): void => {
  process.stderr.write(`kneepoint: ${text}\n`);
};
