import type { EvidenceReader } from '../../readers/reader.js';
import { sampleOf } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { AskFault } from './fault.js';

/** Reads bytes as a format that files have too. What the reader finds wrong is a fault of the answer. */
export async function readAs(reader: EvidenceReader, bytes: Buffer, sink: Sink): Promise<void> {
  const wrong: string[] = [];
  await reader.read?.({
    sample: sampleOf(bytes.subarray(0, 1 << 16), bytes.length <= 1 << 16),
    bytes: (async function* () {
      yield bytes;
    })(),
    sink,
    name: 'answer',
    problem: (p) => {
      if (p.severity === 'error') wrong.push(p.what);
    },
  });
  if (wrong[0] !== undefined) throw new AskFault('malformed', `its answer could not be read: ${wrong[0]}`);
}
