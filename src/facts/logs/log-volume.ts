import { type Fact, subject } from '../../domain/index.js';
import type { Params, Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';
import { fromQuery } from '../query-fact.js';

/** Fewer requests than this in a phase have no usual number of records. */
const FEWEST_REQUESTS = 50;

/**
 * Records that each service logs for one request, by phase: those that carry a trace, by the traces they carry. A trace
 * that logs nothing does not count, so more requests or fewer sampled ones leave the number as it is.
 */
export async function logVolume(store: Store, phases: Phases, sources: readonly string[]): Promise<Fact[]> {
  const rows = await store.query<{ service: string; phase: string; records: number; requests: number }>(
    `SELECT ServiceName AS service, ${phases.sql('Timestamp')} AS phase, count() AS records,
            uniqExact(TraceId) AS requests
     FROM otel_logs WHERE TraceId != '' AND ServiceName != '' GROUP BY service, phase ORDER BY service, phase`,
    phases.params as Params,
  );
  return rows.flatMap(({ service, phase, records, requests }) =>
    (phase === 'baseline' || phase === 'incident') && Number(requests) >= FEWEST_REQUESTS
      ? [
          fromQuery(
            {
              name: 'logs.perRequest',
              subject: subject('service', service),
              value: Number(records) / Number(requests),
              unit: 'count',
              phase,
              n: Number(requests),
            },
            {
              query: `otel_logs: records with a trace ÷ traces that have records, ${service}, ${phase}`,
              rows: Number(records),
              sources,
            },
          ),
        ]
      : [],
  );
}
