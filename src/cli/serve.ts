import { join } from 'node:path';
import { EXIT, UserError } from './exit.js';
import { policyAt, redactionOf } from './governance.js';

export interface ServeVerbOptions {
  port: string;
  data: string;
  root: string[];
  policy?: string;
  redactionRules?: string;
}

/** Serves until it is told to stop. */
export async function runServe(options: ServeVerbOptions): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UserError(
      EXIT.badInput,
      `${options.port} is no port.`,
      '--port',
      'Give a number from 0 to 65535.',
    );
  const policy = policyAt(options.policy);
  const { serve } = await import('../server/serve.js');
  const serving = await serve({
    data: options.data,
    port,
    policy,
    redaction: redactionOf(options.redactionRules),
  });
  const { recovered } = serving.receiver;
  if (recovered.segments > 0)
    say(
      `closed ${recovered.segments} segments of a run that ended early: ${recovered.requests} requests kept, ${recovered.cutBytes} bytes of unfinished ones cut`,
    );
  say(
    `${serving.url} takes OTLP over HTTP (/v1/traces, metrics, logs, profiles); kept in ${join(options.data, 'received')}`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  say('stopping');
  await serving.close();
  return EXIT.fine;
}

const say = (text: string): void => {
  process.stderr.write(`kneepoint: ${text}\n`);
};
