import type { Entry } from './entry.js';

/** Local use 0 (log audit), severity notice: 16 × 8 + 5 (RFC 5424, section 6.2.1). */
const PRIORITY = 133;

/** A line of syslog (RFC 5424), with the fields of the entry as structured data. */
export function syslogLine(entry: Entry, host: string): string {
  const escaped = (text: string): string => text.replace(/[\\"\]]/g, '\\$&').replace(/[\r\n]/g, ' ');
  const data = `[kneepoint@32473 n="${entry.n}" who="${escaped(entry.who)}" hash="${entry.hash}" previous="${entry.previous}"]`;
  const printable = (text: string): string => text.replace(/[^\x21-\x7e]/g, '-').slice(0, 48) || '-';
  return `<${PRIORITY}>1 ${entry.at} ${printable(host)} kneepoint - ${printable(entry.what)} ${data} ${escaped(entry.what)}`;
}

/** Entries as one request of OTLP logs, in JSON. */
export function otlpLogs(entries: readonly Entry[]): string {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'kneepoint')] },
        scopeLogs: [
          {
            scope: { name: 'kneepoint.audit' },
            logRecords: entries.map((e) => ({
              timeUnixNano: `${BigInt(Date.parse(e.at)) * 1_000_000n}`,
              severityNumber: 10,
              severityText: 'INFO2',
              body: { stringValue: e.what },
              attributes: [
                { key: 'audit.n', value: { intValue: String(e.n) } },
                text('audit.who', e.who),
                text('audit.hash', e.hash),
                text('audit.previous', e.previous),
                ...e.inputs.map((h) => text(`audit.input.${h.name}`, h.sha256)),
                ...e.outputs.map((h) => text(`audit.output.${h.name}`, h.sha256)),
              ],
            })),
          },
        ],
      },
    ],
  });
}
