import { type Context, type Subject, say } from '../../domain/index.js';
import { SLOW_SAMPLES } from '../thresholds.js';
import { type Command, digits, serviceIdent } from './words.js';

/** What to look for in traces. */
export type TraceQuestion = 'statements' | 'waits' | 'calls' | 'cache' | 'retries' | 'connect';

const TAGS: Record<TraceQuestion, string> = {
  statements: 'db.query.text',
  waits: 'db.client.connection.pool.name',
  calls: 'server.address',
  cache: 'cache.hit',
  retries: 'http.request.resend_count',
  connect: 'network.peer.address',
};

/** Slow traces of a service in the user’s own trace store, grouped so that the question is answered. */
export function slowTraces(context: Context, subject: Subject, question: TraceQuestion): Command {
  const service = serviceIdent(subject);
  const tag = TAGS[question];
  const owned = new Set(context.tools.map((t) => t.product));
  const top = digits(SLOW_SAMPLES);
  if (owned.has('datadog'))
    return {
      tool: 'Datadog APM',
      language: 'text',
      command: say`service:${service} @duration:>$TARGET -> traces, ${top} slowest; group child spans by @${tag}, count per trace and total duration`,
      effortMinutes: 15,
    };
  if (owned.has('new-relic'))
    return {
      tool: 'New Relic',
      language: 'sql',
      command: say`SELECT count(*) / uniqueCount(trace.id) AS perRequest, sum(duration.ms) / uniqueCount(trace.id) AS msPerRequest FROM Span WHERE entity.name = '${service}' FACET ${tag} SINCE $FROM UNTIL $TO LIMIT ${top}`,
      effortMinutes: 10,
    };
  if (owned.has('tempo') || owned.has('grafana'))
    return {
      tool: 'Tempo',
      language: 'text',
      command: say`{ resource.service.name = "${service}" && duration > $TARGET } >> { span.${tag} != nil } | by(span.${tag}) | count() > 0`,
      effortMinutes: 10,
    };
  if (owned.has('application-insights') || owned.has('azure-monitor'))
    return {
      tool: 'Application Insights',
      language: 'kusto',
      command: say`dependencies | where operation_Id in (toscalar(requests | where cloud_RoleName == "${service}" | top ${top} by duration | summarize make_set(operation_Id))) | summarize perRequest = count() / dcount(operation_Id), msPerRequest = sum(duration) / dcount(operation_Id) by type, target, name`,
      effortMinutes: 10,
    };
  if (owned.has('jaeger'))
    return {
      tool: 'Jaeger',
      language: 'bash',
      command: say`curl -s "$JAEGER_URL/api/traces?service=${service}&minDuration=$TARGET&limit=${top}" > slow.json && kneepoint investigate slow.json`,
      effortMinutes: 10,
    };
  if (owned.has('elastic-apm') || owned.has('elk') || owned.has('kibana'))
    return {
      tool: 'Elastic APM',
      language: 'text',
      command: say`service.name : "${service}" and transaction.duration.us > $TARGET_US -> spans by ${tag}: count per transaction and sum of span.duration.us`,
      effortMinutes: 15,
    };
  return {
    tool: 'OpenTelemetry',
    language: 'bash',
    command: say`OTEL_SERVICE_NAME=${service} OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_ENDPOINT="$COLLECTOR"  # file exporter on the collector, then:
kneepoint investigate traces.json  # spans with ${tag}`,
    effortMinutes: 60,
  };
}
