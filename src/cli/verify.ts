import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Result, resultSchema } from '../domain/index.js';
import type { Run } from '../experiments/compare/run.js';
import { forecastOf, type StoredForecast } from '../experiments/verify/forecast-of.js';
import { type TrackEntry, trackEntry, trackRecord, verify } from '../experiments/verify/judge.js';
import { scoredLines } from '../experiments/verify/record.js';
import { verifyTerminal } from '../report/verified.js';
import { EXIT, UserError } from './exit.js';
import { progressOn } from './progress.js';

export interface VerifyOptions {
  after: string[];
  before: string[];
  recommendation?: string;
  record?: string;
  json?: boolean;
}

/** `verify`: 0 when the measured p99 lies in the forecast interval, 1 when it does not. */
export async function runVerify(path: string, options: VerifyOptions): Promise<number> {
  const forecast = forecastIn(readResult(path), path, options.recommendation);
  const progress = progressOn(process.stderr);
  const runs = async (paths: readonly string[]): Promise<Run[]> => {
    const found: Run[] = [];
    for (const name of paths) {
      progress(`reading ${name}`);
      found.push(await runOf(name, forecast));
    }
    return found;
  };
  const before = await runs(options.before);
  const verified = verify(forecast, before, await runs(options.after));
  const track = options.record === undefined ? undefined : keep(options.record, trackEntry(verified));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...verified, ...(track ? { track } : {}) })}\n`
      : verifyTerminal(verified, track),
  );
  return verified.held ? EXIT.fine : EXIT.checkFailed;
}

function readResult(path: string): Result {
  const wrong = (what: string): UserError =>
    new UserError(EXIT.badInput, what, path, 'Give the result.json that `kneepoint investigate` wrote.');
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(`The result cannot be read: ${(error as Error).message}.`);
  }
  const read = resultSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw wrong(`This is no result of an investigation: ${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return read.data as Result;
}

function forecastIn(result: Result, path: string, recommendation: string | undefined): StoredForecast {
  const forecast = forecastOf(result, recommendation);
  if (forecast) return forecast;
  const known = result.recommendations.filter((r) => r.forecast !== undefined).map((r) => r.id);
  throw new UserError(
    EXIT.badInput,
    recommendation === undefined
      ? 'The result holds no forecast of a p99: forecasts need traces of slow requests and of a baseline.'
      : `The result holds no forecast of a p99 for ${recommendation.slice(0, 80)}.`,
    path,
    known.length > 0
      ? `Give one of --recommendation ${known.join(', ')}.`
      : 'Investigate again with --baseline, and verify what comes of it.',
  );
}

/** The p99 of the forecast operation in the traces below a path, as one run. */
async function runOf(path: string, { operation }: StoredForecast): Promise<Run> {
  if (!existsSync(path))
    throw new UserError(
      EXIT.badInput,
      'There is no such file or folder.',
      path,
      'Name telemetry that exists.',
    );
  const [{ openStore }, { collect }] = await Promise.all([
    import('../evidence/store/index.js'),
    import('../evidence/collect.js'),
  ]);
  const store = await openStore({});
  try {
    await collect([{ path, role: 'incident' }], store, { redact: true });
    const [row] = await store.query<{ n: number | string; p99: number | null; fromMs: number | string }>(
      `SELECT count() AS n, quantileExactInclusive(0.99)(Duration) / 1e6 AS p99, toUnixTimestamp64Milli(min(Timestamp)) AS fromMs
       FROM otel_traces WHERE SpanName = {operation:String} AND ({service:String} = '' OR ServiceName = {service:String})
         AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')`,
      { operation: operation.name, service: operation.service },
    );
    const n = Number(row?.n ?? 0);
    if (n === 0 || row?.p99 === null || row === undefined)
      throw new UserError(
        EXIT.badInput,
        `No trace of ${operation.name} of ${operation.service} is in it.`,
        path,
        'Give traces of the operation that the forecast is about.',
      );
    return { name: path, startedAtMs: Number(row.fromMs), metrics: { 'latency.p99': row.p99 } };
  } finally {
    await store.close();
  }
}

/** Adds to the record of forecasts and says how all in it held. */
function keep(path: string, entry: TrackEntry): ReturnType<typeof trackRecord> {
  const { scored, unread } = scoredLines(existsSync(path) ? readFileSync(path, 'utf8') : '', path);
  const [wrong] = unread;
  if (wrong)
    throw new UserError(
      EXIT.badInput,
      `The record of forecasts holds a line that cannot be read: ${wrong.what}.`,
      wrong.where,
      'Mend or remove the line.',
    );
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
  return trackRecord([...scored, entry]);
}
