import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { trackRecord } from '../../experiments/verify/judge.js';
import { type Scored, scoredExperiment, scoredLines, type Unread } from '../../experiments/verify/record.js';
import { redactAgain } from '../../governance/redact-again.js';
import { wilsonInterval } from '../../models/binomial.js';
import { type Api, type ApiGround, jsonOf, REFUSALS, type Rights } from './context.js';

/** Where jobs of `verify` add what they judged. */
export const recordOf = (folder: string): string => join(folder, 'forecasts.ndjson');

const EXPERIMENT = 'experiment.json';
/** Of one record, in bytes: thousands of forecasts. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_FORECASTS = 2000;

const scoredSchema = z
  .object({
    by: z.enum(['verify', 'lab']),
    fault: z.string().optional(),
    recommendation: z.string(),
    operation: z.string(),
    forecastMs: z.number(),
    intervalMs: z.array(z.number()),
    measuredMs: z.number(),
    held: z.boolean(),
    beforeMs: z.number().optional(),
    runs: z.object({ before: z.number(), after: z.number() }).optional(),
    measuredAt: z.string().optional(),
  })
  .openapi('ScoredForecast');

/** Forecasts that were held against measurements, and how they did together. */
export function forecastRoutes(
  api: Api,
  rights: Rights,
  { folder, records, redactor }: Pick<ApiGround, 'folder' | 'records' | 'redactor'>,
): void {
  rights.set('GET /forecasts', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/forecasts',
      summary: 'Forecasts held against what was measured, and their score',
      description:
        'From jobs of verify, and from the records that the server was started with (--record). An interval is meant to hold four times of five.',
      responses: {
        200: jsonOf(
          'p99 of the operation, in ms. Without forecasts the score has no figures.',
          z.object({
            score: z.object({
              forecasts: z.number(),
              held: z.number(),
              coverage: z.number().nullable(),
              coverageInterval: z.array(z.number()).nullable(),
              medianAbsError: z.number().nullable(),
            }),
            forecasts: z.array(scoredSchema),
            more: z
              .number()
              .openapi({ description: 'older ones that count in the score and are not listed' }),
            unread: z.array(z.object({ where: z.string(), what: z.string() })),
          }),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const read = [recordOf(folder.path), ...records].map(recordAt);
      const forecasts = read.flatMap((r) => r.scored);
      const answer = {
        score: scoreOf(forecasts),
        forecasts: forecasts.slice(-MOST_FORECASTS).reverse(),
        more: Math.max(0, forecasts.length - MOST_FORECASTS),
        unread: read.flatMap((r) => r.unread),
      };
      return c.json(redactAgain(answer, redactor) as typeof answer, 200);
    },
  );
}

function scoreOf(forecasts: readonly Scored[]) {
  const track = trackRecord(forecasts);
  const any = track.forecasts > 0;
  return {
    forecasts: track.forecasts,
    held: track.held,
    coverage: any ? track.held / track.forecasts : null,
    coverageInterval: any ? wilsonInterval(track.held, track.forecasts) : null,
    medianAbsError: any ? track.medianAbsError : null,
  };
}

/** A record by its path: a file of lines, an experiment of the lab, or a folder that holds such ones. */
function recordAt(path: string): { scored: Scored[]; unread: Unread[] } {
  const at = statSync(path, { throwIfNoEntry: false });
  if (!at) return { scored: [], unread: [] };
  if (at.isDirectory()) {
    const found = readdirSync(path)
      .sort()
      .map((name) => join(path, name, EXPERIMENT))
      .concat(join(path, EXPERIMENT))
      .filter((file) => existsSync(file))
      .map(recordAt);
    return { scored: found.flatMap((f) => f.scored), unread: found.flatMap((f) => f.unread) };
  }
  if (at.size > MOST_BYTES)
    return {
      scored: [],
      unread: [{ where: basename(path), what: `the record has more than ${MOST_BYTES} bytes` }],
    };
  const text = readFileSync(path, 'utf8');
  // Whoever reads this is told which file, and not where it lies.
  return path.endsWith('.json')
    ? scoredExperiment(text, `${basename(dirname(path))}/${basename(path)}`)
    : scoredLines(text, basename(path));
}
