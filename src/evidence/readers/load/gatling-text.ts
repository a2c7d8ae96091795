import { GATLING_LOOP } from './caveats.js';
import { faultAt, LoadFault, type LoadReader, textLines } from './reader.js';
import { gatherRequests } from './requests.js';

/** simulation.log of Gatling up to 3.11: tab-separated records. */
export const gatlingText: LoadReader = {
  id: 'gatling-text',
  title: 'Gatling simulation.log, text',
  looksFor: 'a simulation.log of Gatling',
  recognise: (sample) =>
    /^RUN\t[^\t]+\t[^\t]*\t\d{13}\t/.test(sample.lines[0] ?? '') || /^ASSERTION\t/.test(sample.lines[0] ?? '')
      ? { confidence: 1, by: 'a RUN record of Gatling' }
      : undefined,
  async read(input) {
    const requests = gatherRequests();
    for await (const { text, line, ended } of textLines(input)) {
      if (!ended) throw faultAt(input, line, 'The last record is cut off');
      const [kind, groups = '', name = '', start, end, status] = text.split('\t');
      if (kind !== 'REQUEST') {
        if (kind !== '' && !KINDS.has(kind ?? ''))
          throw faultAt(input, line, `"${kind?.slice(0, 40)}" is no record of Gatling`);
        continue;
      }
      const [from, to] = [Number(start), Number(end)];
      if (!(to >= from) || (status !== 'OK' && status !== 'KO'))
        throw faultAt(input, line, 'The REQUEST record is incomplete');
      requests.add({
        name: groups.trim() === '' ? name : `${groups.replaceAll(',', ' / ')} / ${name}`,
        startMs: from,
        durationMs: to - from,
        failed: status === 'KO',
      });
    }
    if (requests.count() === 0)
      throw new LoadFault(
        'There is no REQUEST in it',
        input.name,
        'Give the log of a run that made requests.',
      );
    return {
      tool: 'gatling',
      format: 'Gatling simulation.log, text',
      loop: 'unknown',
      omissionSafe: 'unknown',
      lowerBound: false,
      ...requests.result(),
      caveats: [GATLING_LOOP],
    };
  },
};
const KINDS = new Set(['RUN', 'USER', 'GROUP', 'ERROR', 'ASSERTION']);
