import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { collect } from '../evidence/collect.js';
import { openStore } from '../evidence/store/index.js';
import { accessLine } from '../experiments/load/access-log.js';
import { type ObservedRequest, observedLoad } from '../experiments/load/observe.js';
import { planOfObserved, planText } from '../experiments/load/observed-plan.js';
import { tracedRequests } from '../experiments/load/traced-requests.js';
import { EXIT, UserError } from './exit.js';

export interface LoadModelOptions {
  out: string;
  target: string;
  json?: boolean;
}

/** `load model`: a plan from what was seen. */
export async function runLoadModel(paths: readonly string[], options: LoadModelOptions): Promise<number> {
  const seen: ObservedRequest[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const found = await accessLog(path);
    if (found) seen.push(...found);
    else others.push(path);
  }
  if (others.length > 0) seen.push(...(await fromTraces(others)));
  const load = observedLoad(seen);
  if (!load)
    throw new UserError(
      EXIT.badInput,
      seen.length === 0 ? 'No request was found.' : 'All requests came at one moment.',
      paths.join(', '),
      'Give access logs (common, combined or JSON lines) or traces with server spans.',
    );
  await writeFile(options.out, planText(planOfObserved(load, options.target), load));
  const { counts: _counts, ...summary } = load;
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${options.out}\n`);
  return EXIT.fine;
}

/** How many of the first lines must be requests for a file to be an access log. */
const LOOK_AT = 20;

/** The requests of an access log, or nothing when the file is none. */
async function accessLog(path: string): Promise<ObservedRequest[] | undefined> {
  const out: ObservedRequest[] = [];
  let lines = 0;
  const input = createReadStream(path);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === '') continue;
      lines++;
      const request = accessLine(line);
      if (request) out.push(request);
      if (lines === LOOK_AT && out.length < LOOK_AT / 2) return undefined;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return undefined;
    throw new UserError(
      EXIT.badInput,
      'The file cannot be read.',
      path,
      'Name a file or folder that exists.',
    );
  } finally {
    input.destroy();
  }
  return out.length * 2 >= lines && out.length > 0 ? out : undefined;
}

async function fromTraces(paths: readonly string[]): Promise<ObservedRequest[]> {
  const store = await openStore({});
  try {
    await collect(
      paths.map((path) => ({ path, role: 'unspecified' as const })),
      store,
      { redact: false },
    );
    return await tracedRequests(store);
  } finally {
    await store.close();
  }
}
