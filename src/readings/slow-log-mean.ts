import {
  type Context,
  constant,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { littlesLaw } from '../models/queueing.js';
import { calc, inSeconds, reading, whole } from './compose.js';
import { loadPoints, topLoad } from './load.js';
import { isEngine, statementRate, statementTimes } from './parts.js';

const SHARES = [1, 0.5, 0.1].map((v) =>
  constant(
    `slowLog.share.${v * 100}`,
    v,
    'ratio',
    'Share of runs that are long enough to be logged, tried in turn because the case does not say it',
  ),
);

/** A slow log averages only statements above its threshold: its mean is not the mean of all runs. */
function read(context: Context): Reading[] {
  const top = topLoad(loadPoints(context));
  return statementTimes(context)
    .filter((s) => s.fromSlowLog)
    .flatMap((s) => {
      const what = name(s.subject.name);
      const runs = top && s.database ? statementRate(context, s, top).rate : undefined;
      const rows = runs
        ? SHARES.map((share): Text[] => {
            const logged = calc(
              `connections.busyLogged.${share.value * 100}`,
              s.subject,
              [littlesLaw(runs.value * share.value, inSeconds(s.time)), 'count'],
              'calls a second × share logged × mean of the log (Little’s law)',
              [runs, share, s.time],
              top?.phase,
            );
            return [say`${num(share)}`, say`${whole(logged)}`];
          })
        : [];
      const product = s.database?.product;
      return reading('slow-log-mean', {
        id: s.subject.id,
        topic: 'database',
        layer: 'database',
        subject: s.subject,
        headline: say`${num(s.time)} for ${what} is the mean of the runs slow enough to be logged, not of all runs: it proves a slow mode, and bounds the load it puts on ${s.database ? name(s.database.subject.name) : 'the database'} from above${rows[2] && rows[0] ? say` (${rows[0][1] ?? []} busy connections if every run is like that, ${rows[2][1] ?? []} if one in ten is)` : []}.`,
        arithmetic:
          rows.length > 0 && top
            ? [
                table(
                  ['> Share of runs logged', `> Connections busy with them`],
                  rows,
                  say`At ${num(top.rate)}`,
                ),
              ]
            : [],
        assumptions: [
          say`The log has a threshold and records no faster run; its value decides how much is hidden.`,
        ],
        bearings: [],
        questions: [
          {
            id: `true-mean/${s.subject.id}`,
            question: say`What are calls, mean and deviation of ${what} over all runs, and what is the log’s threshold?`,
            matters: say`if ${what} takes a few milliseconds over all runs, it is not what fills the connections, and locks or holding time come first`,
            ...(isEngine(product, 'postgresql')
              ? {
                  command: say`SELECT calls, mean_exec_time, stddev_exec_time, rows, query FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT ${num(LIMIT)};`,
                  language: 'sql',
                }
              : isEngine(product, 'mysql')
                ? {
                    command: say`SELECT DIGEST_TEXT, COUNT_STAR, AVG_TIMER_WAIT, MAX_TIMER_WAIT FROM performance_schema.events_statements_summary_by_digest ORDER BY SUM_TIMER_WAIT DESC LIMIT ${num(LIMIT)};`,
                    language: 'sql',
                  }
                : {}),
            weight: 0.75,
          },
        ],
        weight: 0.66,
      });
    });
}

const LIMIT = constant(
  'statements.shown',
  20,
  'count',
  'Enough to hold the statements that matter: total time is concentrated in few',
);

export default {
  id: 'slow-log-mean',
  about: 'What the mean of a slow log proves and what it hides.',
  read,
} satisfies ReadingEntry;
