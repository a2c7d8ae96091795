import { z } from 'zod';
import { type Profile, RUNTIMES } from '../../../domain/index.js';
import { listedFrames } from '../../readers/profiles/stack-frames.js';

/** A profile as one line of a bundle: its frames, its tree and what it counts; timelines and line ticks are left out. */
export const profileLineSchema = z.object({
  format: z.string(),
  runtime: z.enum(RUNTIMES),
  sampleTypes: z.array(z.object({ name: z.string(), unit: z.string() })).min(1),
  primary: z.int().nonnegative(),
  frames: z.array(z.tuple([z.string(), z.string(), z.number(), z.number()])),
  parent: z.array(z.int()),
  frame: z.array(z.int()),
  values: z.array(z.array(z.number())),
  samples: z.number(),
  records: z.number(),
  durationNs: z.number().optional(),
  startNs: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
  periodNs: z.number().optional(),
  threads: z.array(z.object({ name: z.string(), weight: z.number() })),
  labels: z.array(z.object({ key: z.string(), value: z.string(), weight: z.number() })),
  truncatedStacks: z.number(),
  notes: z.array(z.string()),
});
type ProfileLine = z.infer<typeof profileLineSchema>;

export function profileLine(p: Profile): ProfileLine {
  const { frames, tree } = p;
  return {
    format: p.format,
    runtime: p.runtime,
    sampleTypes: [...p.sampleTypes],
    primary: p.primary,
    frames: Array.from({ length: frames.size }, (_, i) => [
      frames.name(i),
      frames.file(i),
      frames.line(i),
      frames.column(i),
    ]),
    parent: [...tree.parent.subarray(0, tree.size)],
    frame: [...tree.frame.subarray(0, tree.size)],
    values: tree.values.map((v) => [...v.subarray(0, tree.size)]),
    samples: p.samples,
    records: p.records,
    ...(p.durationNs === undefined ? {} : { durationNs: p.durationNs }),
    ...(p.startNs === undefined ? {} : { startNs: String(p.startNs) }),
    ...(p.periodNs === undefined ? {} : { periodNs: p.periodNs }),
    threads: [...p.threads],
    labels: [...p.labels],
    truncatedStacks: p.truncatedStacks,
    notes: [...p.notes],
  };
}

/** The profile of a line, or `undefined` when its tree does not hold together. */
export function profileOf(value: unknown): Profile | undefined {
  const parsed = profileLineSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { frames, parent, frame, values, startNs, durationNs, periodNs, ...rest } = parsed.data;
  const size = parent.length;
  const fits =
    size > 0 &&
    frame.length === size &&
    values.length === rest.sampleTypes.length &&
    rest.primary < values.length &&
    values.every((v) => v.length === size) &&
    parent.every((p, i) => (i === 0 ? p === -1 : p >= 0 && p < i)) &&
    frame.every((f, i) => (i === 0 ? f === -1 : f >= 0 && f < frames.length));
  if (!fits) return undefined;
  return {
    ...rest,
    ...(durationNs === undefined ? {} : { durationNs }),
    ...(periodNs === undefined ? {} : { periodNs }),
    ...(startNs === undefined ? {} : { startNs: BigInt(startNs) }),
    frames: listedFrames(frames.map(([name, file, line, column]) => ({ name, file, line, column }))),
    tree: {
      size,
      parent: Int32Array.from(parent),
      frame: Int32Array.from(frame),
      values: values.map((v) => Float64Array.from(v)),
    },
    events: [],
  };
}
