import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { APPROVALS_FOLDER } from '../governance/approvals/folder.js';
import type { ServeOptions } from '../server/serve.js';
import { EXIT, UserError } from './exit.js';
import { policyAt, redactionOf } from './governance.js';

export interface ServeVerbOptions {
  port: string;
  grpcPort?: string;
  grpc: boolean;
  data: string;
  root: string[];
  record: string[];
  policy?: string;
  redactionRules?: string;
}

/** Serves until it is told to stop. `program` holds all commands: the API offers the same. */
export async function runServe(options: ServeVerbOptions, program: Command): Promise<number> {
  const port = portOf(options.port, '--port');
  const grpc = grpcOf(options, port);
  const policy = policyAt(options.policy);
  const redaction = redactionOf(options.redactionRules, policy);
  const [{ serve }, { openApp }] = await Promise.all([
    import('../server/serve.js'),
    import('../server/app.js'),
  ]);
  const roots = existing(options.root);
  const records = readable(options.record);
  const serving = await serve(
    { data: options.data, port, policy, redaction, ...(grpc ? { grpc } : {}) },
    (ground) =>
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
  if (serving.grpcUrl !== undefined) say(`${serving.grpcUrl} takes OTLP over gRPC`);
  else if (grpc) say(`no OTLP over gRPC: port ${grpc.port} is taken; --grpc-port names another`);
  say(`${serving.url}/ in a browser; the API is described at ${serving.url}/api/v1/openapi.json`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  say('stopping');
  await serving.close();
  return EXIT.fine;
}

function portOf(text: string, option: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw new UserError(EXIT.badInput, `${text} is no port.`, option, 'Give a number from 0 to 65535.');
}

const USUAL = { http: 4318, grpc: 4317 };

/** gRPC on its usual port beside HTTP on its own; on another one where it is named, and then it must be free. */
function grpcOf({ grpc, grpcPort }: ServeVerbOptions, port: number): ServeOptions['grpc'] {
  if (!grpc) return undefined;
  if (grpcPort !== undefined) return { port: portOf(grpcPort, '--grpc-port'), whenTaken: 'fail' };
  return port === USUAL.http ? { port: USUAL.grpc, whenTaken: 'skip' } : undefined;
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
