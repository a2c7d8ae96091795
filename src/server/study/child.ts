import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultSchema } from '../../domain/index.js';
import { openStore } from '../../evidence/store/index.js';
import { loadStudy, type TraceStudy } from '../../facts/trace-study/load.js';
import { ofNow } from './of-now.js';
import { answerTo, NoAnswer, type Question, type Studied } from './questions.js';

/** What the server sends, and what it gets back. */
export interface Asked {
  number: number;
  question: Question;
}
export type Told = { number: number; answer: unknown } | { number: number; no: string };

const MOST_STUDIES = 3;

/** Opens the telemetry of one investigation, and answers one question after the other until the server lets go. */
async function main(folder: string): Promise<void> {
  const store = await openStore({ directory: join(folder, 'store') });
  const result = resultSchema.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
  const now = await ofNow(store, result.sources);
  const studies = new Map<string, Promise<TraceStudy | undefined>>();
  const of: Studied = {
    store,
    now,
    result,
    study(request) {
      const name = request ?? '';
      const before = studies.get(name);
      if (before) return before;
      if (studies.size >= MOST_STUDIES) studies.clear();
      const made = loadStudy(now, request);
      studies.set(name, made);
      return made;
    },
  };
  let line: Promise<unknown> = Promise.resolve();
  process.on('message', ({ number, question }: Asked) => {
    line = line.then(async () => process.send?.(await told(number, question, of)));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
}

async function told(number: number, question: Question, of: Studied): Promise<Told> {
  try {
    return { number, answer: await answerTo(question, of) };
  } catch (error) {
    if (error instanceof NoAnswer) return { number, no: error.message };
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return { number, no: 'The telemetry could not be asked this.' };
  }
}

await main(process.argv[2] ?? '');
