import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collapsePerf, type PerfOptions } from '../../src/evidence/readers/profiles/perf-script.js';
import type { Suite } from '../main.js';

/** What the last word of an expected file's name asks for. */
const OPTIONS: Readonly<Record<string, PerfOptions>> = {
  pid: { id: 'pid' },
  tid: { id: 'tid' },
  kernel: { kernel: true },
  jit: { jit: true },
  addrs: { addresses: true },
  all: { kernel: true, jit: true },
};

/** Outputs of `perf script` against the collapsed text expected for several options; passed when every byte is right. */
export default {
  suite: 'profiles/perf-script',
  about: 'perf script outputs to collapsed stacks, byte for byte',
  async run(folder) {
    const expected = (await readdir(join(folder, 'results'))).sort();
    const files = (await readdir(folder)).filter((f) => f.endsWith('.txt')).sort();
    const failed: string[] = [];
    let texts = 0;
    let passed = 0;
    for (const file of files) {
      const stem = file.replace(/\.txt$/, '');
      const wrong: string[] = [];
      for (const result of expected.filter((r) => r.startsWith(`${stem}-collapsed-`))) {
        const option = result.slice(`${stem}-collapsed-`.length).replace(/\.txt$/, '');
        const options = OPTIONS[option];
        const want = await readFile(join(folder, 'results', result), 'utf8');
        texts++;
        if (!options || (await collapsePerf(createReadStream(join(folder, file)), options)) !== want)
          wrong.push(result);
      }
      if (wrong.length === 0) passed++;
      failed.push(...wrong);
    }
    return { cases: files.length, passed, texts, failed };
  },
} satisfies Suite;
