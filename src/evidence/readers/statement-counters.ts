import { csvFields, separatorOf } from './csv.js';
import type { EvidenceReader } from './reader.js';
import type { Sample } from './sample.js';
import { counterRecord, countersOf } from './statements/counters.js';
import { textLines } from './statements/text-lines.js';

const MOST_LINES_OF_ONE = 10_000;

const statementCounters: EvidenceReader = {
  id: 'statement-counters',
  title: 'Statement counters',
  looksFor: 'CSV of pg_stat_statements, or of events_statements_summary_by_digest of performance_schema',
  recognise(sample) {
    const product = headerOf(sample)?.product;
    return (
      product && {
        confidence: 0.97,
        by: `columns of the statement counters of ${product === 'mysql' ? 'MySQL' : 'PostgreSQL'}`,
      }
    );
  },
  async read({ sample, bytes, sink }) {
    const header = headerOf(sample);
    if (!header) return;
    let record = '';
    let from = 0;
    let count = 0;
    for await (const { text, line } of textLines(bytes)) {
      if (line === 1) continue;
      if (record === '') from = line;
      record = record === '' ? text : `${record}\n${text}`;
      if (record === '') continue;
      const fields = csvFields(record, header.separator);
      if (fields === undefined && ++count < MOST_LINES_OF_ONE) continue;
      record = '';
      count = 0;
      const row = new Map(header.names.map((name, i) => [name, fields?.[i] ?? '']));
      const counted = fields?.length === header.names.length ? counterRecord(header.product, row) : undefined;
      if (counted) sink.statement(counted, from);
      else if (fields?.length !== header.names.length) sink.flaw('record-incomplete', from);
      await sink.drain();
    }
    if (record !== '') sink.flaw('record-incomplete', from);
  },
};

function headerOf(sample: Sample) {
  const line = sample.text
    ?.slice(0, sample.text.indexOf('\n'))
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '');
  const separator = line === undefined ? undefined : separatorOf(line);
  const names =
    separator === undefined || line === undefined
      ? undefined
      : csvFields(line, separator)?.map((n) => n.toLowerCase());
  const product = names && countersOf(names);
  return names && product && separator !== undefined ? { names, product, separator } : undefined;
}

export default statementCounters;
