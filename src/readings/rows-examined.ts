import { type Context, name, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, componentOf, reading, whole } from './compose.js';
import { NOW } from './load.js';
import { mainDatabase } from './parts.js';

/** Rows read for each row returned: an index that fits reads about as many as it returns. */
function read(context: Context): Reading[] {
  return context.facts
    .every({ name: 'rows.perCall', phase: [...NOW, 'any'] })
    .slice(0, 3)
    .flatMap((examined): Reading[] => {
      const returned =
        context.facts.every({ name: 'rows.returned' }).find((f) => f.subject.id === examined.subject.id) ??
        context.facts.every({ name: 'rows.returned' })[0];
      if (!returned || returned.value < 1 || examined.value < 10 * returned.value) return [];
      const each = calc(
        'rows.examinedEach',
        examined.subject,
        [examined.value / returned.value, 'count'],
        'rows read ÷ rows returned',
        [examined, returned],
      );
      const db =
        componentOf(context, examined.subject)?.subject ?? mainDatabase(context)?.subject ?? examined.subject;
      const paged = context.changes.some((c) => /\boffset\b|pagination|sort/i.test(c.summary));
      return reading('rows-examined', {
        id: examined.id,
        topic: 'database',
        layer: 'database',
        subject: examined.subject,
        headline: say`${name(examined.subject.name)} reads ${whole(examined)} rows to return ${whole(returned)}: ${whole(each)} for each one kept, where an index that fits reads about as many as it returns${paged ? '; a sort or an offset that no index carries reads everything before the page, and the largest accounts most' : ''}, so its time grows with the data and not with the answer.`,
        arithmetic: [
          table(
            ['Quantity', '> Value'],
            [
              [say`Rows read`, say`${whole(examined)}`],
              [say`Rows returned`, say`${whole(returned)}`],
              [say`Read for each returned`, say`${whole(each)}`],
            ],
          ),
        ],
        assumptions: [say`Both figures are of the same runs of the statement.`],
        bearings: [
          bearing(
            context,
            'slow-statement',
            db,
            1.6,
            say`${whole(examined)} rows read for ${whole(returned)} returned`,
          ),
        ],
        weight: 0.95,
      });
    })
    .slice(0, 1);
}

export default {
  id: 'rows-examined',
  about: 'Rows a statement reads for each row it returns.',
  read,
} satisfies ReadingEntry;
