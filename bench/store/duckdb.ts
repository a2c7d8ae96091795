import { DuckDBInstance } from '@duckdb/node-api';

/** The facts that plain SQL can give, over the spans of a Parquet file: seconds, and rows of the answers. */
export async function duckdbFacts(
  parquet: string,
): Promise<{ loadSeconds: number; factsSeconds: number; rows: number }> {
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  const seconds = async (work: () => Promise<void>): Promise<number> => {
    const start = process.hrtime.bigint();
    await work();
    return Number(process.hrtime.bigint() - start) / 1e9;
  };
  let rows = 0;
  const count = async (sql: string): Promise<void> => {
    rows += (await db.runAndReadAll(sql)).currentRowCount;
  };
  const loadSeconds = await seconds(async () => {
    await db.run(`CREATE TABLE spans AS SELECT * FROM read_parquet('${parquet.replaceAll("'", "''")}')`);
  });
  const factsSeconds = await seconds(async () => {
    // Where requests start, and how long they take: by entry operation and phase.
    await count(`SELECT count(*), count(DISTINCT TraceId) FROM spans`);
    await count(`SELECT ServiceName, SpanName, KpSource, count(*), quantile_cont(Duration, [0.5, 0.9, 0.95, 0.99, 0.999])
                 FROM spans WHERE ParentSpanId = '' AND SpanKind IN ('Server', 'Consumer') GROUP BY ALL`);
    // Rate, errors, durations of all that is served.
    await count(`SELECT ServiceName, SpanName, KpSource, count(*), avg(Duration), count(*) FILTER (StatusCode = 'Error'),
                 quantile_cont(Duration, [0.5, 0.95, 0.99]) FROM spans WHERE SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '' GROUP BY ALL`);
    // Calls by callee and statement, numbers in statements left out.
    await count(`SELECT ServiceName, KpSource, SpanKind, SpanAttributes['db.system.name'] AS system, SpanAttributes['server.address'] AS address,
                 SpanAttributes['server.port'] AS port, regexp_replace(SpanAttributes['db.query.text'], '[0-9]+', '?', 'g') AS statement,
                 count(*), avg(Duration), quantile_cont(Duration, [0.5, 0.95, 0.99]) FROM spans WHERE SpanKind IN ('Client', 'Producer') GROUP BY ALL`);
    // All spans of the slowest requests of one operation.
    await count(`SELECT * FROM spans WHERE TraceId IN (SELECT TraceId FROM spans WHERE ParentSpanId = '' AND ServiceName = 'svc0' AND SpanName = 'GET /op7'
                 ORDER BY Duration DESC LIMIT 400)`);
  });
  db.closeSync();
  return { loadSeconds, factsSeconds, rows };
}
