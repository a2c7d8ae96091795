import { z } from 'zod';

/** The part of Chaos Toolkit's format that is run here. Files stay valid there: nothing is added, all else is kept. */
const httpProvider = z.looseObject({
  type: z.literal('http'),
  url: z.string(),
  method: z.string().default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  arguments: z.unknown().optional(),
  /** Seconds. */
  timeout: z.union([z.number(), z.tuple([z.number(), z.number()])]).optional(),
});
const processProvider = z.looseObject({
  type: z.literal('process'),
  path: z.string(),
  arguments: z
    .union([
      z.string(),
      z.array(z.string()),
      z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    ])
    .default([]),
  timeout: z.number().optional(),
});
const otherProvider = z.looseObject({ type: z.string() });
const provider = z.union([httpProvider, processProvider, otherProvider]);

const tolerance = z.union([
  z.number(),
  z.boolean(),
  z.string(),
  z.array(z.union([z.number(), z.string()])),
  z.looseObject({ type: z.string() }),
]);

const pauses = z.looseObject({ before: z.number().optional(), after: z.number().optional() }).optional();
const activity = z.looseObject({
  type: z.enum(['action', 'probe']),
  name: z.string(),
  provider,
  tolerance: tolerance.optional(),
  background: z.boolean().default(false),
  pauses,
});

export const chaosExperimentSchema = z.looseObject({
  title: z.string().min(1),
  description: z.string().default(''),
  tags: z.array(z.string()).default([]),
  configuration: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.number(),
        z.boolean(),
        z.looseObject({
          type: z.literal('env'),
          key: z.string(),
          default: z.union([z.string(), z.number()]).optional(),
        }),
      ]),
    )
    .default({}),
  'steady-state-hypothesis': z
    .looseObject({ title: z.string(), probes: z.array(activity.required({ tolerance: true })) })
    .optional(),
  method: z.array(activity).default([]),
  rollbacks: z.array(activity).default([]),
});
export type ChaosExperiment = z.infer<typeof chaosExperimentSchema>;
export type Activity = z.infer<typeof activity>;
export type Tolerance = z.infer<typeof tolerance>;

/** The experiment with `${name}` replaced from its configuration; names what is lacking. */
export function substituted(
  experiment: ChaosExperiment,
  env: Readonly<Record<string, string | undefined>>,
): { experiment: ChaosExperiment } | { lacking: string } {
  const values = new Map<string, string>();
  for (const [name, c] of Object.entries(experiment.configuration)) {
    const value = typeof c === 'object' ? (env[c.key] ?? c.default) : c;
    if (value === undefined) return { lacking: typeof c === 'object' ? c.key : name };
    values.set(name, String(value));
  }
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v)]));
    return value;
  };
  return {
    experiment: {
      ...experiment,
      ...('steady-state-hypothesis' in experiment
        ? {
            'steady-state-hypothesis': fill(
              experiment['steady-state-hypothesis'],
            ) as ChaosExperiment['steady-state-hypothesis'],
          }
        : {}),
      method: fill(experiment.method) as Activity[],
      rollbacks: fill(experiment.rollbacks) as Activity[],
    },
  };
}

/** What an activity gave: the answer of a URL, or the end of a process. */
export type Outcome =
  | { kind: 'http'; status: number; body: string; ms: number }
  | { kind: 'process'; code: number; stdout: string; ms: number };

/** Whether an outcome is within the tolerance; `undefined` for a kind of tolerance that is not known. */
export function tolerated(t: Tolerance, outcome: Outcome): boolean | undefined {
  const value = outcome.kind === 'http' ? outcome.status : outcome.code;
  const text = outcome.kind === 'http' ? outcome.body : outcome.stdout;
  if (typeof t === 'number') return value === t;
  if (typeof t === 'boolean') return (outcome.kind === 'http' ? value < 400 : value === 0) === t;
  if (typeof t === 'string') return text.trim() === t;
  if (Array.isArray(t)) return t.includes(value);
  if (t.type === 'regex' && typeof t.pattern === 'string') return new RegExp(t.pattern).test(text);
  if (t.type === 'range' && Array.isArray(t.range)) {
    const [low, high] = t.range.map(Number);
    const number =
      t.target === 'body' || t.target === 'stdout' || outcome.kind === 'process'
        ? Number(text.trim())
        : value;
    return low !== undefined && high !== undefined && number >= low && number <= high;
  }
  return undefined;
}

/** The words of every call of `kneepoint` in an experiment, as its processes get them. */
export const ownCalls = (experiment: ChaosExperiment): string[][] =>
  [...experiment.method, ...experiment.rollbacks].flatMap(({ provider: p }) =>
    p.type === 'process' && p.path === 'kneepoint'
      ? [argumentsOf(p.arguments as z.infer<typeof processProvider>['arguments'])]
      : [],
  );

/** Arguments as Chaos Toolkit passes them: a list, words of a string, or names with values. */
export function argumentsOf(a: z.infer<typeof processProvider>['arguments']): string[] {
  if (Array.isArray(a)) return a;
  if (typeof a === 'string') return a.split(/\s+/).filter((w) => w !== '');
  return Object.entries(a).flatMap(([name, value]) =>
    value === null || value === '' ? [name] : [name, String(value)],
  );
}
