import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  table,
} from '../../domain/index.js';
import { partName, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const threshold = cache?.product
    ? context.knowledge.fact(cache.product, 'log.slowThreshold', cache.version)
    : undefined;
  const payload = context.facts.find({ name: ['payload.max', 'payload.mean'] });
  const redis = cache?.product !== 'memcached';
  return {
    title: say`Replace the commands that make ${where} stand still`,
    description: say`${redis ? say`One thread of ${where} runs the commands of a shard one after the other` : say`A big value of ${where} occupies a thread and the network while it is moved`}: a command over thousands of members, or a value of megabytes, is a pause for every other request of ${scene.serviceName}.`,
    benefit: say`Look-ups that have nothing to do with the large key stop waiting for it; ${atLoad(scene)} a pause of ${where} is paid by every request that arrives in it.`,
    riskText: say`A new layout of a key lives beside the old one until all instances of ${scene.serviceName} read it; delete old ones without blocking.`,
    effortText: say`Days: find the commands in the slow log of ${where}, change the layout of those keys.${shippingNote(context)}`,
    verification: say`The slow log of ${where} ${threshold ? say`(threshold ${num(threshold)} by default) ` : ''}is empty over a peak, and its p99 of look-ups is a few times its median.`,
    design: [
      table(
        ['Instead of', 'Use', 'Because'],
        [
          [
            say`reading a whole hash, list or set of ${scene.app}`,
            say`the fields or the range that is shown`,
            say`work grows with what is read, not with what is kept`,
          ],
          [
            say`patterns over all keys (KEYS)`,
            say`an index set, or SCAN outside requests`,
            say`it visits every key of the shard`,
          ],
          [
            say`deleting a large key at once (DEL)`,
            say`UNLINK, or a short time to live`,
            say`freeing memory happens beside the commands`,
          ],
          [
            say`one big JSON value${payload ? say` (payloads of ${num(payload)} were said)` : ''}`,
            say`one key per part that is read alone`,
            say`fewer bytes to move and parse in ${scene.serviceName}`,
          ],
          [
            say`many single look-ups in a row`,
            say`one multi-get or pipeline per request`,
            say`one round trip instead of many`,
          ],
          [
            say`long scripts`,
            say`several short commands, or work in ${scene.serviceName}`,
            say`a script blocks the shard while it runs`,
          ],
        ],
        say`Commands of ${scene.serviceName} on ${where}`,
      ),
      ...(redis
        ? [
            code(
              'bash',
              say`redis-cli SLOWLOG GET $COUNT            # what stood in the way, with its time
redis-cli --bigkeys -i $PAUSE           # largest keys by type, with pauses
redis-cli --memkeys -i $PAUSE
redis-cli LATENCY DOCTOR                # forks, expiry cycles, slow commands`,
              say`Where ${where} spends its time`,
            ),
          ]
        : []),
      bullets([
        say`The limit on the size of a value is enforced in ${scene.serviceName}, where the writer sees the error, not in ${where}, where everybody feels it.`,
      ]),
    ],
  };
}

export default {
  id: 'replace-slow-command',
  layer: 'cache',
  title: 'No slow commands on the cache',
  effort: 'days',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.1, 0.5], growth: [0, 0.1] },
  advise,
} satisfies Remedy;
