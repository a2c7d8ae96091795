import { looksLikePlan } from './plans/index.js';
import type { EvidenceReader } from './reader.js';

/** A plan is short; a log of plans may be long, and is read as a whole. */
const MOST_BYTES = 64 * 1024 * 1024;

const queryPlans: EvidenceReader = {
  id: 'query-plans',
  title: 'Plans of statements',
  looksFor:
    'output of EXPLAIN of PostgreSQL (text, JSON, YAML, XML, auto_explain), MySQL or MariaDB (JSON, tree, table)',
  recognise(sample) {
    if (sample.text === undefined || !looksLikePlan(sample.text)) return undefined;
    return { confidence: 0.97, by: 'nodes of a plan with costs or actual rows' };
  },
  async read({ bytes, sink, problem }) {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of bytes) {
      size += part.length;
      if (size > MOST_BYTES) {
        problem({
          severity: 'warning',
          what: 'The file of plans is longer than is read as a whole; what stands behind was left out.',
          todo: 'Cut the log to the time of the trouble.',
        });
        break;
      }
      parts.push(part);
    }
    sink.plan(new TextDecoder().decode(Buffer.concat(parts)), 1);
    await sink.drain();
  },
};

export default queryPlans;
