import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, reading, whole } from './compose.js';
import { classRate, loadPoints, NOW, shareOf, topLoad } from './load.js';

/** A replica that is behind: how many writes it lacks, and what a read from it does not see. */
function read(context: Context): Reading[] {
  return context.facts
    .every({ name: 'replication.lag', phase: NOW })
    .slice(0, 2)
    .flatMap((lag) => {
      const top = topLoad(loadPoints(context));
      const share = shareOf(context, 'write');
      if (!top || !share || lag.value <= 0) return [];
      const writes = classRate(context, top, share, 'write');
      const missing = calc(
        'replica.missingWrites',
        lag.subject,
        [writes.value * inSeconds(lag), 'count'],
        'writes a second × lag',
        [writes, lag],
        top.phase,
      );
      const component = componentOf(context, lag.subject);
      const aim = context.facts.find({ name: 'replication.lag', phase: 'target' });
      return reading('replica-lag', {
        id: lag.subject.id,
        topic: 'database',
        layer: 'database',
        subject: lag.subject,
        headline: say`A lag of ${num(lag)} leaves the replica${component ? say` of ${name(component.subject.name)}` : []} ${whole(missing)} writes behind at ${num(top.rate)}${aim ? say` (asked for: ${num(aim)})` : []}: a read sent there within ${num(lag)} of its own write does not see it, so reads after a write stay on the primary.`,
        arithmetic: [
          table(
            ['Quantity', '> Value'],
            [
              [say`Writes`, say`${num(writes)}`],
              [say`Lag`, say`${num(lag)}`],
              [say`Writes not yet there`, say`${whole(missing)}`],
            ],
          ),
        ],
        assumptions: [
          say`The lag was read under ${num(top.rate)}; it grows while writes come faster than the replica applies them.`,
        ],
        bearings: [
          bearing(
            context,
            'write-saturation',
            lag.subject,
            inSeconds(lag) > 5 ? 0.7 : 0.2,
            say`the replica is ${num(lag)} behind`,
          ),
        ],
        weight: 0.5,
      });
    });
}

export default {
  id: 'replica-lag',
  about: 'How many writes a lagging replica lacks and what that means for reads after writes.',
  read,
} satisfies ReadingEntry;
