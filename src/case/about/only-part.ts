import { type Subject, subject } from '../../domain/index.js';
import type { Quantity } from '../figures/quantity.js';
import type { Parts } from '../parts.js';
import type { Mention } from '../subjects.js';
import { isArrow } from '../tokens.js';
import { around } from './mentioned.js';
import type { About, Scene } from './scene.js';

/** A worker of the only queue: what it finishes and leaves waiting is told of the queue. */
export const isConsumerOf = (parts: Parts, s: Subject): boolean =>
  s.kind === 'service' &&
  parts.components.filter((c) => c.kind === 'queue').length === 1 &&
  parts.components.some(
    (c) => c.subject.id === s.id && c.roles.some((r) => r === 'consumer' || r === 'worker'),
  );

/** "Database server at 100% CPU" where no product is named: a database all the same. */
export function unnamedDatabase(scene: Scene, q: Quantity, name: string): About | undefined {
  const { frame, parts } = scene;
  if (
    !/^(?:cpu|memory|disk|connections|lock)\./.test(name) ||
    parts.components.some((c) => c.kind === 'database')
  )
    return undefined;
  for (let i = q.from - 1; i >= 0 && q.from - i < 8 && frame.segment[i] === frame.segment[q.from]; i--)
    if (/^(?:database|db)$/.test(frame.tokens[i]?.lower ?? ''))
      return { subject: subject('database', 'database'), from: i, to: i + 1 };
  return undefined;
}

/** Engines that run on the JVM. */
const ON_JVM =
  /^(?:elasticsearch|opensearch|solr|cassandra|kafka|hazelcast|activemq|neo4j|hbase|trino|presto|flink|spark|druid|pinot|zookeeper|pulsar|ignite|hadoop|hive)$/;

const HAS_NO_HEAP = /^(?:python|php|ruby|rust|beam)$/;

/** A heap is of the only engine that has one, where the app has none to speak of. */
export function heapOwner(parts: Parts, app: Subject): Subject | undefined {
  const own = parts.components.find((c) => c.subject.id === app.id);
  if (!own?.runtime || !HAS_NO_HEAP.test(own.runtime)) return undefined;
  const engines = parts.components.filter((c) => ON_JVM.test(c.product ?? '') || c.runtime === 'jvm');
  return engines.length === 1 ? engines[0]?.subject : undefined;
}

/** "→ Cassandra 4.1, 18 nodes in two data centres, RF 3 →": sizes behind a stop of the architecture are its own. */
export function stopOf(
  scene: Scene,
  q: Quantity,
  name: string,
  ok: (m: Pick<Mention, 'subject'>) => boolean,
): About | undefined {
  const { frame, mentions } = scene;
  if (
    frame.input !== 'architecture' ||
    !/^(?:instances|replicas|shards|partitions|storage|memory|cpu\.cores)/.test(name)
  )
    return undefined;
  let last: Mention | undefined;
  for (const m of around(mentions, q.from))
    if (
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      frame.group[m.from] === frame.group[q.from] &&
      // "bet-placement behind NGINX, 16 VMs": the machines are not the proxy's.
      frame.tokens[m.from - 1]?.lower !== 'behind'
    )
      last = m;
  if (!last || !ok(last)) return undefined;
  for (let i = last.to; i < q.from; i++) if (isArrow(frame.tokens[i])) return undefined;
  return (frame.segment[q.from] ?? 0) - (frame.segment[last.from] ?? 0) <= 3
    ? { subject: last.subject, from: last.from, to: last.to }
    : undefined;
}
