import type { SlowCall } from '../../../evidence/connectors/redis/snapshot.js';
import { milliseconds, percent, type RedisCheck } from '../finding.js';

/** A command whose mean stops all others for this long is felt by every client. */
const SLOW_MICROS = 1000;
/** Share of the server's one thread. */
const BUSY_SHARE = 0.1;
/** Commands whose time grows with what they touch (Redis documentation, time complexity). */
const WHOLE =
  /^(keys|smembers|hgetall|lrange|zrange|zrangebyscore|sort|sunion|sinter|flushall|flushdb|mget|scan|eval|evalsha|del)$/i;

/** Commands that hold the one thread that serves everybody. */
export const slowCommands: RedisCheck = ({ before, after, seconds, slowlog }) =>
  Object.entries(after.commands)
    .map(([command, now]) => ({
      command,
      calls: now.calls - (before.commands[command]?.calls ?? 0),
      micros: now.micros - (before.commands[command]?.micros ?? 0),
    }))
    .filter(
      (c) =>
        c.calls > 0 &&
        c.command !== 'info' &&
        c.micros / c.calls >= SLOW_MICROS &&
        c.micros >= BUSY_SHARE * 0.1 * seconds * 1e6,
    )
    .sort((a, b) => b.micros - a.micros || (a.command < b.command ? -1 : 1))
    .slice(0, 3)
    .map((c) => {
      const mean = c.micros / c.calls / 1000;
      const share = c.micros / (seconds * 1e6);
      return {
        id: 'slow-command' as const,
        says: `${c.command.toUpperCase()} takes ${mean.toPrecision(3)} ms on average and ${percent(share)} of the server’s one thread; every other client waits meanwhile.${worstOf(slowlog, c.command)}`,
        todo: WHOLE.test(c.command)
          ? 'Its time grows with what it touches: read in parts (HSCAN, SSCAN, ZRANGE with a limit), split the value, and never use KEYS on a live server.'
          : 'Look at its arguments in SLOWLOG GET; move large values out of the hot path.',
        numbers: { meanMs: mean, share, calls: c.calls },
      };
    });

/** The longest single call of the command that the server logged in the window. */
function worstOf(slowlog: readonly SlowCall[], command: string): string {
  const own = slowlog.filter((call) => call.command.toLowerCase() === command);
  if (own.length === 0) return '';
  const worst = own.reduce((a, b) => (b.micros > a.micros ? b : a));
  return ` Its longest call took ${milliseconds(worst.micros / 1000)}${worst.shape === undefined ? '' : `, on a key like ${worst.shape} (${worst.label})`}.`;
}
