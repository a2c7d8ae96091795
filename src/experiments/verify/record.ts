import { z } from 'zod';
import type { TrackEntry } from './judge.js';

const ms = z.number().positive();
const interval = z.tuple([z.number().min(0), z.number().min(0)]).refine(([low, high]) => low <= high, {
  message: 'the interval begins after its end',
});

/** A line of a record, as `kneepoint verify --record` writes it; earlier versions wrote the first six fields alone. */
const lineSchema = z.object({
  recommendation: z.string(),
  operation: z.string(),
  forecastMs: ms,
  intervalMs: interval,
  measuredMs: ms,
  held: z.boolean(),
  beforeMs: ms.optional(),
  runs: z.object({ before: z.number(), after: z.number() }).optional(),
  measuredAt: z.iso.datetime().optional(),
});

/** The experiment.json that `kneepoint lab run` writes, as far as its forecast goes. */
const experimentSchema = z.object({
  fault: z.string(),
  title: z.string(),
  measured: z
    .object({
      remedy: z.string(),
      entry: z.object({ service: z.string(), operation: z.string() }),
      forecast: z.object({ value: ms, interval }).optional(),
      faultyMs: ms.optional(),
      mendedMs: ms,
      inside: z.boolean(),
      runs: z.object({ faulty: z.array(z.number()), mended: z.array(z.number()) }),
    })
    .optional(),
});

/** A forecast that was held against a measurement, and who measured. */
export interface Scored extends TrackEntry {
  by: 'verify' | 'lab';
  /** Of the lab: the fault that was switched on. */
  fault?: string;
}

/** A record that cannot be read: where, and what is wrong with it. */
export interface Unread {
  where: string;
  what: string;
}

/** The forecasts of a record (JSON lines). A line that cannot be read costs itself alone. */
export function scoredLines(text: string, file: string): { scored: Scored[]; unread: Unread[] } {
  const scored: Scored[] = [];
  const unread: Unread[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = lineSchema.safeParse(parsed(line));
    if (read.success) scored.push({ by: 'verify', ...read.data } as Scored);
    else unread.push({ where: `${file}, line ${i + 1}`, what: whyNot(read.error) });
  }
  return { scored, unread };
}

/** The forecast of an experiment of the lab; none where no remedy could be made or none was forecast. */
export function scoredExperiment(text: string, file: string): { scored: Scored[]; unread: Unread[] } {
  const read = experimentSchema.safeParse(parsed(text));
  if (!read.success) return { scored: [], unread: [{ where: file, what: whyNot(read.error) }] };
  const { fault, title, measured: m } = read.data;
  if (!m?.forecast) return { scored: [], unread: [] };
  return {
    unread: [],
    scored: [
      {
        by: 'lab',
        fault: title === '' ? fault : title,
        recommendation: m.remedy,
        operation: `${m.entry.service} ${m.entry.operation}`.trim(),
        forecastMs: m.forecast.value,
        intervalMs: m.forecast.interval,
        measuredMs: m.mendedMs,
        held: m.inside,
        ...(m.faultyMs === undefined ? {} : { beforeMs: m.faultyMs }),
        runs: { before: m.runs.faulty.length, after: m.runs.mended.length },
      },
    ],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const whyNot = (error: z.ZodError): string => {
  const [issue] = error.issues;
  const at = issue?.path.join('.') ?? '';
  return at === ''
    ? 'this is no record of a forecast'
    : `${at} is wrong: ${issue?.message ?? 'it cannot be read'}`;
};
