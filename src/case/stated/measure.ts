import { FACT_NAMES, type FactName, type Unit } from '../../domain/index.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';

/** Units of names that are not in the vocabulary. */
const OWN_UNITS: Readonly<Record<string, Unit>> = {
  'rate.stated': '1/s',
  'cost.stated': 'currency',
  'factor.stated': 'factor',
  'drain.duration': 's',
  'memory.growth': 'bytes/s',
  'network.limit': 'bytes/s',
  'rows.returned': 'count',
  'stream.bitrate': 'bytes/s',
  'calls.serial': 'count',
  'task.longest': 's',
  'task.median': 's',
  'batch.size': 'count',
  'batch.sizeMost': 'count',
  'gc.interval': 's',
  'cost.share': 'ratio',
  'storage.growth': 'bytes/s',
  'disk.throughput': 'bytes/s',
  'pool.utilisation': 'ratio',
  'threads.utilisation': 'ratio',
  'workers.utilisation': 'ratio',
  'queue.limit': 'count',
  'threads.pending': 'count',
  'threads.queueLimit': 'count',
  'buffer.hitRatio': 'ratio',
};

export function unitOf(name: string, q: Pick<Quantity, 'kind'>): Unit {
  const known = FACT_NAMES[name as FactName]?.[0] ?? OWN_UNITS[name];
  if (known) return known;
  if (/^(?:latency|gc\.pause|pool\.wait|lock\.wait|eventloop\.delay)\./.test(name)) return 'ms';
  switch (q.kind) {
    case 'duration':
      return 's';
    case 'percent':
      return 'ratio';
    case 'rate':
      return '1/s';
    case 'bytes':
      return 'bytes';
    case 'byteRate':
      return 'bytes/s';
    case 'cores':
      return 'cores';
    case 'factor':
      return 'factor';
    case 'money':
      return 'currency';
    case 'moneyRate':
      return 'currency/month';
    default:
      return 'count';
  }
}

export function named(name: string, q: Quantity): Named {
  const unit = unitOf(name, q);
  const scale = unit === 'ms' ? 1000 : 1;
  return {
    name,
    unit,
    value: q.value * scale,
    ...(q.interval ? { interval: [q.interval[0] * scale, q.interval[1] * scale] as [number, number] } : {}),
  };
}
