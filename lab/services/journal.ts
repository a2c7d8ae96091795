import { type AnyValueMap, logs, SeverityNumber } from '@opentelemetry/api-logs';

const logger = logs.getLogger('novapay');

/** A structured log line; it carries the trace of the request it is written in. */
export function journal(level: 'INFO' | 'WARN' | 'ERROR', body: string, attributes: AnyValueMap = {}): void {
  logger.emit({ severityNumber: SeverityNumber[level], severityText: level, body, attributes });
}
