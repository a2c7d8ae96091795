import { subject } from '../../domain/index.js';
import { factOf, grouped, labelOf, matching, productOf, type ResourceFacts } from './gather.js';
import type { Series } from './series.js';

const DEPTH =
  /^(?:kafka_consumer_group_lag(?:_sum)?|kafka_consumergroup_lag(?:_sum)?|kafka_consumer_records_lag(?:_max)?|rabbitmq_queue_messages(?:_ready)?|rabbitmq_message_current|queue_(?:depth|size|length)|messaging_queue_depth|sqs_approximate_number_of_messages_visible|nats_consumer_num_pending|celery_queue_length)$/;
const queueOf = (s: Series) =>
  subject(
    'queue',
    labelOf(
      s,
      'topic',
      'messaging.destination.name',
      'queue',
      'rabbitmq.queue.name',
      'destination',
      'queue_name',
    ) ??
      (s.service || 'queue'),
  );

/** Messages waiting, and how far replicas are behind. */
export const queues: ResourceFacts = (g) => [
  ...[...grouped(matching(g, DEPTH, 'level'), (s) => queueOf(s).id).values()].flatMap((all) =>
    all[0]
      ? factOf(
          g,
          'queue.depth',
          queueOf(all[0]),
          all.reduce((a, s) => a + s.p95, 0),
          'count',
          all,
        )
      : [],
  ),
  ...[
    ...grouped(
      matching(
        g,
        /^(?:pg_replication_lag(?:_seconds)?|postgresql_replication_lag|postgresql_wal_(?:delay|lag)|mysql_replica_time_behind_source|mysql_slave_status_seconds_behind_master)$/,
        'level',
      ),
      (s) => productOf(s)?.id ?? '',
    ).values(),
  ].flatMap((all) => {
    const about = all[0] && productOf(all[0]);
    return about ? factOf(g, 'replication.lag', about, Math.max(...all.map((s) => s.p95)), 's', all) : [];
  }),
];
