import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  type Fact,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { inSeconds } from '../../readings/compose.js';
import { classShares, NOW } from '../../readings/load.js';
import { lockTimeout } from '../design/arithmetic.js';
import { millis } from '../design/code-text.js';
import { type Dialect, dialectOf } from '../design/language.js';
import { figure, partName, type Scene, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

const HOLDS = ['lock.hold.mean', 'lock.wait.mean', 'lock.wait.p99'];

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, goal, aim } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const hold = context.facts.find({ name: HOLDS, phase: NOW });
  const held = hold?.name === 'lock.hold.mean' ? hold : undefined;
  const ceiling = held ? ceilingOf(scene, held) : undefined;
  const write = classShares(context).find((c) => c.kind === 'write');
  const wanted =
    goal && write
      ? figure(
          scene,
          'writes.wanted',
          [goal.rate.value * write.share.value, '1/s'],
          'requests a second × share of writes',
          [goal.rate, write.share],
        )
      : undefined;
  const skew = context.facts.find({ name: 'skew.share' });
  const onHot =
    wanted && skew
      ? figure(
          scene,
          'writes.onHot',
          [wanted.value * skew.value, '1/s'],
          'writes a second × share on the hottest few',
          [wanted, skew],
        )
      : undefined;
  const buckets =
    ceiling && onHot && onHot.value > ceiling.value
      ? figure(
          scene,
          'design.buckets',
          [Math.ceil(onHot.value / ceiling.value), 'count'],
          'writes a second on the hottest few ÷ ceiling of a row, rounded up',
          [onHot, ceiling],
        )
      : undefined;
  const invariant = context.constraints.find((c) =>
    /\b(?:no|zero|never)\b.*\b(?:double|lost|oversell|oversold|duplicate)/i.test(c.text),
  );
  return {
    title: say`Hold row locks of ${db} for one round trip and a commit`,
    description: say`The contended row of ${db} is locked by the last statement before the commit, in one statement that checks and changes together, and always in the same order of keys. ${held ? say`Today it is held ${num(held)}` : say`How long ${db} holds it today was not said`}${ceiling ? say`, which allows ${num(ceiling)} changes a second of any one row however many servers run` : ''}.`,
    benefit:
      ceiling && held
        ? say`The ceiling of a row is one over its holding time: halving ${num(held)} doubles ${num(ceiling)}. ${onHot ? say`The hottest few want ${num(onHot)} ${atLoad(scene)}.` : ''}`
        : say`Writers of the same row of ${db} queue for as long as one of them holds it; each millisecond less is won by everyone behind. Measure holding time first: it sets the ceiling.`,
    riskText: invariant
      ? say`${quote(invariant.text)} has to hold through every race: the condition in the statement keeps it, a check before it does not. Test it with more buyers than goods.`
      : say`Moving a check into the statement changes who wins a race on ${db}; cover it with a test that lets many writers meet on one row.`,
    effortText: say`Two to four days: one statement, the order of work in ${scene.serviceName}, a concurrency test.${shippingNote(context)}`,
    verification: say`Lock waits on ${db} by row or key at peak, and a test in which far more writers than goods meet on one row: exactly the goods are sold, and the rate reaches the new ceiling.`,
    design: [
      ...(ceiling && held
        ? [
            table(
              ['Figure', '> Value', 'How'],
              [
                [say`lock held`, say`${num(held)}`, say`as said`],
                [say`changes of one row`, say`${num(ceiling)}`, say`one ÷ time held`],
                ...(onHot && skew
                  ? [[say`wanted on the hottest few`, say`${num(onHot)}`, say`writes × ${num(skew)}`]]
                  : []),
                ...(buckets
                  ? [
                      [
                        say`rows to split one into`,
                        say`${num(buckets)}`,
                        say`wanted ÷ ceiling; fewer when the hold is cut first`,
                      ],
                    ]
                  : []),
              ] as Text[][],
              say`Ceiling of one row on ${db}`,
            ),
          ]
        : []),
      ...statements(scene, aim ? lockTimeout(scene) : undefined),
      bullets([
        say`If one row still needs more than its ceiling: split it into several rows that are taken from in turn${buckets ? say` (${num(buckets)} at today’s holding time)` : ''} and summed for display, or hand out reservations in blocks of a few per instance of ${scene.serviceName}.`,
        say`A waiting room in front of the contended few of ${scene.app} is kinder than a lock queue: people wait with a place in it, not with a connection.`,
        say`Reads that only show the value come from the cache or a snapshot, never from a locking read on ${db}.`,
      ]),
    ],
  };
}

const ceilingOf = (scene: Scene, held: Fact): Fact =>
  figure(
    scene,
    'lock.ceiling',
    [1 / inSeconds(held), '1/s'],
    'one ÷ time a lock is held',
    [held],
    held.subject,
  );

function statements(scene: Scene, wait: Fact | undefined): Block[] {
  const dialect = dialectOf(scene.database);
  const texts: Partial<Record<Dialect, Text>> = {
    postgresql: say`${wait ? say`SET LOCAL lock_timeout = '${millis(wait)}';\n` : ''}UPDATE <contended table>
   SET quantity_left = quantity_left - :taken
 WHERE key = :key AND quantity_left >= :taken     -- check and change in one statement
RETURNING quantity_left;                            -- no row: sold out
COMMIT;                                             -- nothing between this and the update

ALTER TABLE <contended table> SET (fillfactor = <below full>);  -- room on the page for the new version`,
    mysql: say`UPDATE <contended table>
   SET quantity_left = quantity_left - :taken
 WHERE id = :id AND quantity_left >= :taken;      -- by primary key: no gap is locked
-- rows changed = none: sold out
COMMIT;
-- where one free row of many will do:
SELECT id FROM <contended table> WHERE free AND grp = :grp LIMIT :taken FOR UPDATE SKIP LOCKED;`,
    sqlserver: say`UPDATE <contended table> WITH (ROWLOCK)
   SET quantity_left -= @taken
OUTPUT inserted.quantity_left
 WHERE id = @id AND quantity_left >= @taken;      -- check and change in one statement
-- where one free row of many will do:
UPDATE TOP (@taken) <contended table> WITH (ROWLOCK, READPAST) SET holder = @buyer
OUTPUT inserted.id WHERE holder IS NULL AND block = @block;`,
    oracle: say`UPDATE <contended table> SET quantity_left = quantity_left - :taken
 WHERE id = :id AND quantity_left >= :taken;
-- where one free row of many will do:
SELECT id FROM <contended table> WHERE grp = :grp AND holder IS NULL FOR UPDATE SKIP LOCKED;`,
  };
  const text = dialect ? texts[dialect] : undefined;
  return text
    ? [
        code(
          'sql',
          text,
          say`The contended write of ${scene.serviceName} on ${partName(scene.database, say`the database`)}, last in its transaction`,
        ),
      ]
    : [];
}

export default {
  id: 'reduce-lock-hold',
  layer: 'database',
  title: 'Short lock holding',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.1, 0.7], growth: [0, 0.05] },
  advise,
} satisfies Remedy;
