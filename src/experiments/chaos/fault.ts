import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { Address } from './proxy.js';
import { type Toxic, toxicSchema } from './toxics.js';

/** One fault with its length: what `kneepoint chaos inject` does, and what exports translate. */
export type Fault = { seconds: number } & (
  | { kind: 'network'; listen: Address; upstream: Address; toxic: Toxic; toxicity: number; seed: number }
  | { kind: 'cpu'; pid: number; cores: number }
  | { kind: 'pause'; pid: number }
);

/** The longest a fault may last: an hour, then it ends by itself. */
const LONGEST_SECONDS = 3600;
export const FAULTS = [
  'latency',
  'bandwidth',
  'timeout',
  'reset',
  'slicer',
  'limit_data',
  'connections',
  'cpu',
  'pause',
] as const;

const seconds = z.coerce.number().positive().max(LONGEST_SECONDS);
const pid = z.coerce.number().int().positive();
const own = {
  cpu: z.strictObject({ seconds, pid, cores: z.coerce.number().positive().max(1024) }),
  pause: z.strictObject({ seconds, pid }),
  network: z.looseObject({
    seconds,
    listen: z.string(),
    upstream: z.string(),
    toxicity: z.coerce.number().min(0).max(1).default(1),
    seed: z.coerce.number().int().nonnegative().default(1),
  }),
};

/**
 * Reads a fault from its name and settings, as words: `latency`, `--listen`, `127.0.0.1:6000`, `--latencyMs`, `100` …
 * What is wrong comes back as a sentence.
 */
export function parseFault(kind: string, words: readonly string[]): { fault: Fault } | { wrong: string } {
  if (!FAULTS.some((f) => f === kind))
    return { wrong: `there is no fault "${kind}": there are ${FAULTS.join(', ')}` };
  const settings: Record<string, string> = {};
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', value] = [words[i], words[i + 1]];
    if (!name.startsWith('--') || value === undefined)
      return { wrong: `"${name}" is no setting with a value` };
    settings[camel(name.slice(2))] = value;
  }
  const told = (error: z.ZodError): { wrong: string } => {
    const issue = error.issues[0];
    return { wrong: `--${issue?.path.join('.') || kind}: ${issue?.message ?? 'not as expected'}` };
  };
  if (kind === 'cpu') {
    const p = own.cpu.safeParse(settings);
    return p.success ? { fault: { kind, ...p.data } } : told(p.error);
  }
  if (kind === 'pause') {
    const p = own.pause.safeParse(settings);
    return p.success ? { fault: { kind, ...p.data } } : told(p.error);
  }
  const p = own.network.safeParse(settings);
  if (!p.success) return told(p.error);
  const { seconds: length, listen, upstream, toxicity, seed, ...rest } = p.data;
  const [from, to] = [addressOf(listen), addressOf(upstream)];
  if (!from || !to) return { wrong: `${from ? '--upstream' : '--listen'} is no host:port` };
  const toxic = toxicSchema.safeParse({
    type: kind,
    ...Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, k === 'direction' ? v : Number(v)])),
  });
  if (!toxic.success) return told(toxic.error);
  return {
    fault: {
      kind: 'network',
      seconds: length,
      listen: from,
      upstream: to,
      toxic: toxic.data,
      toxicity,
      seed,
    },
  };
}

const camel = (name: string): string => name.replace(/-(\w)/g, (_, c: string) => c.toUpperCase());

function addressOf(text: string): Address | undefined {
  const found = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  return found?.[1] && port <= 65535 ? { host: found[1].replace(/^\[|\]$/g, ''), port } : undefined;
}

/** Addresses that are this machine by definition. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
