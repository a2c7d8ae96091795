import { loadFormat } from './load/index.js';
import type { EvidenceReader } from './reader.js';

const TABLES_OF_TESTS: ReadonlySet<string> = new Set(['junit-csv', 'pytest-csv']);

/** Results of load tests: known here so that they are named, and read by the commands that compare runs. */
export default {
  id: 'load-results',
  title: 'result of a load test',
  looksFor: 'results of k6, Gatling, Artillery, JMeter and other load tools',
  recognise(sample) {
    const format = loadFormat(sample);
    // A table with a name, a time and a status may be many things; only the commands that ask for results take it for one.
    if (!format || TABLES_OF_TESTS.has(format.reader.id)) return undefined;
    return { ...format.recognition, by: `${format.reader.title}: ${format.recognition.by}` };
  },
  notRead: {
    why: 'results of a load test describe the test, not the incident',
    todo: 'Hold two results against each other with kneepoint compare.',
  },
} satisfies EvidenceReader;
