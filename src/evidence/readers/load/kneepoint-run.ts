import { z } from 'zod';
import { isObject, leadingObjects } from '../sample.js';
import { jsonOf, LoadFault, type LoadReader } from './reader.js';

export const OWN_FORMAT = 'kneepoint.load/1';

const latency = z.object({
  min: z.number().optional(),
  mean: z.number().optional(),
  p50: z.number().optional(),
  p75: z.number().optional(),
  p90: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
  p999: z.number().optional(),
  max: z.number().optional(),
});
const schema = z.object({
  format: z.literal(OWN_FORMAT),
  startedAtMs: z.number(),
  durationSeconds: z.number(),
  requests: z.number(),
  errors: z.number(),
  throughput: z.number(),
  dropped: z.number(),
  latencyMs: latency,
  verdict: z.enum(['valid', 'invalid']),
  reasons: z.array(z.string()),
  parts: z.array(
    z.object({ name: z.string(), requests: z.number(), errors: z.number(), latencyMs: latency }),
  ),
});

/** What `kneepoint load run --json` prints and writes. */
export const kneepointRun: LoadReader = {
  id: 'kneepoint-run',
  title: 'Kneepoint load run',
  looksFor: 'a run of kneepoint load',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    return isObject(first) && first.format === OWN_FORMAT
      ? { confidence: 1, by: `format ${OWN_FORMAT}` }
      : undefined;
  },
  async read(input) {
    const parsed = schema.safeParse(await jsonOf(input));
    if (!parsed.success)
      throw new LoadFault(
        `${parsed.error.issues[0]?.path.join('.') ?? 'a field'} is missing or damaged`,
        input.name,
        'Run the plan again.',
      );
    const { format: _format, verdict, reasons, ...run } = parsed.data;
    return {
      tool: 'kneepoint',
      format: 'Kneepoint load run',
      loop: 'open',
      omissionSafe: true,
      percentiles: 'histogram',
      ...run,
      lowerBound: run.dropped > 0,
      caveats: verdict === 'valid' ? reasons : [`The run judged itself invalid.`, ...reasons],
    };
  },
};
