import { isIPv4 } from 'node:net';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { RateStretch } from './arrivals.js';

const rate = z.number().nonnegative().max(1_000_000);
const seconds = z.number().positive().max(86_400);

const stage = z.union([
  z.strictObject({ rate, seconds }),
  z.strictObject({ from: rate, to: rate, seconds }),
  /** A base rate with bursts on it: every so often, for so long, at another rate. */
  z.strictObject({
    rate,
    seconds,
    burst: z.strictObject({ everySeconds: seconds, forSeconds: seconds, rate }),
  }),
]);

const arrivalsSchema = z.union([
  z.strictObject({
    process: z.enum(['uniform', 'poisson']).default('poisson'),
    stages: z.array(stage).min(1).max(1000),
  }),
  /** Observed counts, one a bucket, played again faster or slower and scaled. */
  z.strictObject({
    process: z.enum(['uniform', 'poisson']).default('poisson'),
    replay: z.strictObject({
      counts: z.array(z.number().nonnegative()).min(1).max(100_000),
      bucketSeconds: seconds,
      speed: z.number().positive().default(1),
      scale: z.number().positive().default(1),
    }),
  }),
]);

const requestSchema = z.strictObject({
  name: z.string().min(1).max(200),
  weight: z.number().positive().default(1),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  path: z.string().startsWith('/').max(4000),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().max(1_000_000).optional(),
  /** Fills the body up to this many bytes. */
  bodyBytes: z.number().int().nonnegative().max(10_000_000).optional(),
  /** Values for `{key}` in path and body: this many, the first ones more often by a Zipf law. */
  keys: z
    .strictObject({
      count: z.number().int().positive().max(10_000_000),
      zipf: z.number().nonnegative().default(0),
    })
    .optional(),
});

export const planSchema = z.strictObject({
  name: z.string().min(1).max(200).default('load test'),
  target: z.url({ protocol: /^https?$/ }),
  seed: z.number().int().nonnegative().default(1),
  /** Seconds at the start that warm the target up and do not count. */
  warmupSeconds: z.number().nonnegative().max(3600).default(0),
  arrivals: arrivalsSchema,
  requests: z.array(requestSchema).min(1).max(200),
  limits: z
    .strictObject({
      inFlight: z.number().int().positive().max(1_000_000).default(20_000),
      connections: z.number().int().positive().max(20_000).default(400),
      timeoutSeconds: z.number().positive().max(600).default(30),
    })
    .prefault({}),
  slo: z
    .strictObject({
      p99Ms: z.number().positive().optional(),
      p95Ms: z.number().positive().optional(),
      errorRatio: z.number().min(0).max(1).optional(),
    })
    .default({}),
  /** Hosts beside this machine that may be loaded, together with `--i-own-this`. */
  allow: z.array(z.string()).default([]),
});
export type LoadPlan = z.infer<typeof planSchema>;
export type LoadRequest = LoadPlan['requests'][number];

/** Why a plan cannot be used: what, where in the file, what to do. */
export interface PlanFault {
  what: string;
  where: string;
  todo: string;
}

/** Reads a plan from YAML or JSON. */
export function parsePlan(text: string): { plan: LoadPlan } | { fault: PlanFault } {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) {
    const line = broken.linePos?.[0].line;
    return {
      fault: {
        what: `This is not YAML: ${broken.message.split('\n')[0] ?? ''}`,
        where: line === undefined ? 'the plan' : `line ${line}`,
        todo: 'Mend the line, then run again.',
      },
    };
  }
  const parsed = planSchema.safeParse(document.toJS());
  if (parsed.success) return { plan: parsed.data };
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  const line = node?.range ? text.slice(0, node.range[0]).split('\n').length : undefined;
  return {
    fault: {
      what: `${path.join('.') || 'the plan'}: ${issue?.message ?? 'not as expected'}`,
      where: line === undefined ? path.join('.') || 'the plan' : `line ${line}`,
      todo: 'See docs/load.md for the fields of a plan.',
    },
  };
}

/** The rate over time that a plan asks for. */
export function stretchesOf(plan: LoadPlan): RateStretch[] {
  const a = plan.arrivals;
  if ('replay' in a) {
    const { counts, bucketSeconds, speed, scale } = a.replay;
    return counts.map((count) => {
      const r = (count / bucketSeconds) * speed * scale;
      return { from: r, to: r, seconds: bucketSeconds / speed };
    });
  }
  return a.stages.flatMap((s) => {
    if ('from' in s) return [s];
    if (!('burst' in s)) return [{ from: s.rate, to: s.rate, seconds: s.seconds }];
    return bursts(s.rate, s.seconds, s.burst);
  });
}

function bursts(
  base: number,
  total: number,
  burst: { everySeconds: number; forSeconds: number; rate: number },
): RateStretch[] {
  const out: RateStretch[] = [];
  const hold = (rate: number, length: number): void => {
    if (length > 0) out.push({ from: rate, to: rate, seconds: length });
  };
  for (let at = 0; at < total; at += burst.everySeconds) {
    const left = total - at;
    const period = Math.min(left, burst.everySeconds);
    const quiet = Math.min(period, burst.everySeconds - Math.min(burst.forSeconds, burst.everySeconds));
    hold(base, quiet);
    hold(burst.rate, period - quiet);
  }
  return out;
}

/** Addresses that are this machine by definition. */
function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host === '[::1]' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
  );
}

/**
 * Why a plan's target may not be loaded, or nothing: this machine always may; another host only when the plan's allow-list
 * names it and the caller says that it is theirs.
 */
export function forbidden(plan: LoadPlan, iOwnThis: boolean): PlanFault | undefined {
  const host = new URL(plan.target).hostname;
  if (isLoopback(host)) return undefined;
  const listed = plan.allow.includes(host);
  if (listed && iOwnThis) return undefined;
  return {
    what: `${host} is not this machine, and ${listed ? 'nobody said that it may be loaded' : 'the plan does not allow it'}.`,
    where: 'target',
    todo: listed
      ? 'Add --i-own-this when the system is yours and its owners know.'
      : `Add ${host} to "allow" in the plan and run with --i-own-this, when the system is yours and its owners know.`,
  };
}
