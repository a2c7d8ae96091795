import type { SlowCall } from '../../../evidence/connectors/redis/snapshot.js';
import { milliseconds, percent, type RedisCheck } from '../finding.js';

/** A single call as long as this is felt by everybody who asks meanwhile. Redis' slow log begins here by itself. */
const FELT_MICROS = 10_000;
/** Calls of whoever watches or keeps the server. */
const OURS =
  /^(INFO|SLOWLOG|LATENCY|MEMORY|CONFIG|DEBUG|MONITOR|BGSAVE|SAVE|BGREWRITEAOF|SYNC|PSYNC|CLUSTER|COMMAND)$/;
/** The mean of a command shows it by itself beyond this (see slow-commands). */
const MEAN_MICROS = 1000;

/**
 * Single calls that the server logged as slow, of commands that are fast on average: what the mean hides, told by command
 * and shape of key.
 */
export const slowCalls: RedisCheck = ({ slowlog, before, after, seconds }) => {
  const groups = new Map<string, SlowCall[]>();
  for (const call of slowlog) {
    if (OURS.test(call.command) || call.micros < FELT_MICROS) continue;
    const key = `${call.command}\n${call.shape ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  return [...groups.values()]
    .map((calls) => {
      const worst = calls.reduce((a, b) => (b.micros > a.micros ? b : a));
      const name = worst.command.toLowerCase();
      const [was, is] = [before.commands[name], after.commands[name]];
      const count = (is?.calls ?? 0) - (was?.calls ?? 0);
      const mean = count > 0 ? ((is?.micros ?? 0) - (was?.micros ?? 0)) / count : 0;
      return { calls, worst, mean, count, micros: calls.reduce((sum, c) => sum + c.micros, 0), name };
    })
    .filter((g) => g.mean < MEAN_MICROS)
    .sort((a, b) => b.micros - a.micros || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ calls, worst, mean, micros, name }) => {
      const p99 = after.percentiles[name]?.p99;
      const on = worst.shape === undefined ? '' : ` on keys like ${worst.shape} (${worst.label})`;
      const hidden = mean > 0 ? `, though the command takes ${milliseconds(mean / 1000)} on average` : '';
      const tail =
        p99 !== undefined && p99 > 0
          ? ` Its p99 since the counters were reset is ${milliseconds(p99 / 1000)}.`
          : '';
      return {
        id: 'slow-call' as const,
        says: `${calls.length === 1 ? 'One call' : `${calls.length} calls`} of ${worst.command}${on} took up to ${milliseconds(worst.micros / 1000)}${hidden}: ${percent(micros / (seconds * 1e6))} of the window in which nobody else was served.${tail}`,
        todo:
          worst.command === 'EVAL' || worst.command === 'EVALSHA' || worst.command === 'FCALL'
            ? 'Shorten the script: it runs alone; move loops over many keys into the client, in batches.'
            : 'Ask for a part (a range, a SCAN with COUNT, fields by name), and look at what made this one large: SLOWLOG GET has its arguments.',
        numbers: { calls: calls.length, worstMs: worst.micros / 1000, meanMs: mean / 1000 },
      };
    });
};
