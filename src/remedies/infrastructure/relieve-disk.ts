import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { componentOf } from '../../readings/compose.js';
import { dialectOf } from '../design/language.js';
import { constraintsOf, partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const own = componentOf(context, target.subject) ?? scene.database;
  const who = partName(own, say`${name(target.subject.name)}`);
  const busy =
    context.facts.find({
      name: ['disk.utilisation', 'io.pressure'],
      subject: own?.subject ?? target.subject,
    }) ?? context.facts.find({ name: ['disk.utilisation', 'io.pressure'] });
  const one = context.facts.find({ name: 'disk.latency' });
  const size = own ? context.facts.find({ name: 'storage.size', subject: own.subject }) : undefined;
  const memory = own
    ? context.facts.find({ name: ['memory.limit', 'memory.used'], subject: own.subject })
    : undefined;
  const hardware = constraintsOf(context, 'hardware-limit')[0];
  const dialect = dialectOf(own);
  return {
    title: say`Take load off the disk of ${who}, then give it the operations it needs`,
    description: say`In this order: find the statement or job that reads most and mend it, keep the working set of ${who} in memory, write fewer and larger pieces, and only then raise operations and throughput of its volume. Log, data and temporary files go to volumes of their own where they compete.`,
    benefit: say`${busy ? say`The disk of ${who} is ${num(busy)} busy${one ? say`, an operation takes ${num(one)}` : ''}. ` : ''}Requests that miss the memory of ${who} and every commit get back the time they wait for it now${size && memory ? say`; ${num(size)} are held against ${num(memory)} of memory` : ''}.`,
    riskText: say`A larger volume can be reached in use on most clouds, but not taken back; changed settings of ${who} that trade safety for speed lose the last commits in a crash.${hardware ? say` ${quote(hardware.text)} bounds the machine.` : ''}`,
    effortText: say`Hours for operations of the volume under ${who}; days for the statement that causes them.${shippingNote(context)}`,
    verification: say`Busy share and time of one operation of the disk of ${who} at peak, share of reads served from memory, and time of a commit.`,
    design: [
      ...(dialect === 'postgresql'
        ? [
            code(
              'sql',
              say`-- who reads and writes: blocks by statement and by table
SELECT query, calls, shared_blks_read, temp_blks_written, blk_read_time FROM pg_stat_statements ORDER BY shared_blks_read + temp_blks_written DESC LIMIT :top;
SELECT relname, heap_blks_read, heap_blks_hit, idx_blks_read FROM pg_statio_user_tables ORDER BY heap_blks_read DESC LIMIT :top;
-- checkpoints that are not forced by log volume, spread over their whole interval
ALTER SYSTEM SET max_wal_size = '<hours of log>'; ALTER SYSTEM SET checkpoint_timeout = '<longer>'; ALTER SYSTEM SET wal_compression = on;`,
              say`Disk of ${who}`,
            ),
          ]
        : dialect === 'mysql'
          ? [
              code(
                'sql',
                say`SELECT file_name, total_read, total_written, avg_read, avg_write FROM sys.io_global_by_file_by_bytes LIMIT :top;
SET GLOBAL innodb_io_capacity = <operations the volume has>;
SET GLOBAL innodb_redo_log_capacity = <an hour of log>;   -- fewer forced flushes`,
                say`Disk of ${who}`,
              ),
            ]
          : []),
      bullets([
        say`A burstable volume under ${who} keeps its speed only while it has credits: watch them, and size for the hour and not for the minute.`,
        say`Sorts and hashes of ${who} that spill to disk want memory for the one statement, not for all of them.`,
        say`What nobody reads any more leaves ${who}${size ? say` (${num(size)} held)` : ''}: drop by partition, not row by row.`,
      ]),
    ],
  };
}

export default {
  id: 'relieve-disk',
  layer: 'infrastructure',
  title: 'Less for the disk to do, then more disk',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.3, 0.8] },
  advise,
} satisfies Remedy;
