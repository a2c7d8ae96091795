import { type Change, type Context, type Symptom, subject } from '../../src/domain/index.js';
import { KNOWN, madeContext, PLACE, part, said } from './made-case.js';

const app = subject('system', 'ticket shop');
const api = subject('service', 'ticket-api');
const redis = subject('cache', 'Redis');
const db = subject('database', 'PostgreSQL');
const statement = subject('statement', 'seat lookup', 'PostgreSQL');
const voucher = subject('dependency', 'voucher service');
const reads = subject('class', 'read');
const writes = subject('class', 'write');

const change = (
  summary: string,
  mechanisms: Change['mechanisms'],
  touches: string[],
  when?: string,
): Change => ({
  subject: subject('change', summary),
  summary,
  mechanisms,
  touches,
  origin: 'stated',
  ...(when ? { when } : {}),
});
const symptom = (kind: Symptom['kind'], condition?: string): Symptom => ({
  kind,
  facts: [],
  place: PLACE,
  ...(condition ? { condition } : {}),
});

/** Reads through a cache, a statement on misses, a call added to the path; figures easy to check by hand. */
export function ticketShop(scale = 1, cpu = 0.8): Context {
  return madeContext(
    {
      app,
      inputs: { current_metrics: 'slow query log shows 100ms avg for seat lookup' },
      components: [
        part(api, 'api', { product: 'express', runtime: 'nodejs' }),
        part(redis, 'cache', { product: 'redis' }),
        part(db, 'database', { product: 'postgresql', version: '15', roles: ['primary'] }),
        part(voucher, 'dependency', { roles: ['internal'] }),
      ],
      facts: [
        said('throughput', app, 1000 * scale, '1/s', 'steady'),
        said('throughput', app, 4000 * scale, '1/s', 'peak'),
        said('throughput', app, 5000 * scale, '1/s', 'target'),
        said('latency.p50', app, 100, 'ms', 'incident'),
        said('latency.p95', app, 500, 'ms', 'incident'),
        said('latency.p99', app, 2000, 'ms', 'incident'),
        said('latency.p99', app, 400, 'ms', 'baseline'),
        said('latency.p99', app, 600, 'ms', 'target', { comparator: '<' }),
        said('errors.ratio', app, 0.005, 'ratio', 'target', { comparator: '<' }),
        said('cpu.utilisation', app, cpu, 'ratio', 'incident'),
        said('cache.hitRatio', redis, 0.75, 'ratio'),
        said('latency.mean', statement, 100, 'ms'),
        said('mix.share', reads, 0.8, 'ratio'),
        said('mix.share', writes, 0.2, 'ratio'),
        said('payload.mean', app, 4000, 'bytes'),
        said('cost.change', app, 0.15, 'ratio', 'target', { comparator: '<' }),
      ],
      classes: [
        { subject: reads, kind: 'read' },
        { subject: writes, kind: 'write' },
      ],
      changes: [
        change('voucher call in order path', ['call-added'], [voucher.id], 'last week'),
        change('new data mapper', ['orm-upgrade'], [api.id]),
      ],
      symptoms: [
        symptom('tail-latency', 'during sales'),
        symptom('connections-exhausted'),
        symptom('cpu-saturation'),
      ],
    },
    KNOWN,
  );
}
