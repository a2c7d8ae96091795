import type { Store } from '../../src/evidence/store/index.js';

/** The operation and service whose tail the planted fault makes slow. */
export const PLANTED = { service: 'svc0', operation: 'GET /op7' } as const;

/**
 * Fills `otel_traces` with `spans` spans made inside the engine by hashes of their number: 20 services × 10 operations,
 * traces of ten spans with five attributes each, half of them baseline. In the incident the slowest tenth of one
 * operation waits 100 ms longer for a call.
 */
export async function fillStore(store: Store, spans: number): Promise<void> {
  await store.command(`INSERT INTO otel_traces
    (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode, KpSource)
    SELECT fromUnixTimestamp64Nano(1700000000000000000 + toInt64(trace) * 600000 + toInt64(off) * 1000000, 'UTC'),
      lower(hex(sipHash128(trace))), lower(hex(sipHash64(trace, i))), i = 0 ? '' : lower(hex(sipHash64(trace, parent))),
      name, kind, service, map('service.name', service, 'host.name', service), attrs, toUInt64(ms * 1000000), 'Unset', source
    FROM (
      SELECT trace, i, source, trace % 200 AS op, sipHash64(trace) % 1000 / 1000. AS u,
        source = 's1' AND op = 7 AND u > 0.9 AS slow,
        [0,0,0,0,0,4,5,5,5,5][i + 1] AS parent,
        [0.,1,4,7,9,10,11,14,17,22][i + 1] + if(slow AND i > 6, 100, 0) AS off,
        [40.,2,2,1,28,26,2,2,4,3][i + 1] + if(slow AND i IN (0, 4, 5, 6), 100, 0) + if(i = 0, u * 5, 0) AS ms,
        concat('svc', toString(if(i < 5, intDiv(op, 10), (intDiv(op, 10) + 1) % 20))) AS service,
        [concat('GET /op', toString(op % 10)), 'SELECT', 'SELECT', 'GET', 'POST', concat('POST /in', toString(op % 10)), 'SELECT', 'SELECT', 'work', 'POST'][i + 1] AS name,
        ['Server','Client','Client','Client','Client','Server','Client','Client','Internal','Client'][i + 1] AS kind,
        [map('http.request.method','GET','http.route',concat('/op',toString(op % 10)),'url.scheme','http','http.response.status_code','200','server.address','a'),
         map('db.system.name','postgresql','db.query.text',concat('SELECT a FROM t', toString(op % 10), ' WHERE id = ', toString(trace)),'db.namespace','x','server.address','db','server.port','5432'),
         map('db.system.name','postgresql','db.query.text','SELECT b FROM u WHERE id = 1','db.namespace','x','server.address','db','server.port','5432'),
         map('db.system.name','redis','db.query.text','GET k:1','db.namespace','0','server.address','redis','server.port','6379'),
         map('http.request.method','POST','server.address','other','server.port','80','url.full','http://other/in','http.response.status_code','200'),
         map('http.request.method','POST','http.route','/in','url.scheme','http','http.response.status_code','200','server.address','a'),
         map('db.system.name','postgresql','db.query.text',concat('SELECT c FROM v WHERE id = ', toString(trace)),'db.namespace','x','server.address','db','server.port','5432'),
         map('db.system.name','postgresql','db.query.text','SELECT d FROM w WHERE id = 1','db.namespace','x','server.address','db','server.port','5432'),
         map('code.function.name','work','a','1','b','2','c','3','d','4'),
         map('http.request.method','POST','server.address','ext','server.port','443','url.full','https://ext/x','http.response.status_code','200')][i + 1] AS attrs
      FROM (SELECT number AS trace, if(intDiv(number, 200) % 2 = 0, 's1', 's2') AS source FROM numbers(${Math.round(spans / 10)}))
      ARRAY JOIN range(10) AS i)`);
}
