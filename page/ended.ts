import type { JobAnswer } from './answers.js';
import { ApiFault, api } from './api.js';

const EVERY_MS = 300;

/** Waits until a job is done and says meanwhile what it does. Throws what stopped it. */
export async function ended(job: JobAnswer, say: (doing: string) => void): Promise<JobAnswer> {
  let now = job;
  while (now.state === 'queued' || now.state === 'running') {
    say(now.progress.at(-1) ?? now.state);
    await new Promise((resolve) => window.setTimeout(resolve, EVERY_MS));
    now = await api.job(now.id);
  }
  if (now.state !== 'done') throw new ApiFault({ what: now.progress.at(-1) ?? `The work was ${now.state}.` });
  return now;
}

export const faultOf = (error: unknown): ApiFault =>
  error instanceof ApiFault
    ? error
    : new ApiFault({ what: error instanceof Error ? error.message : String(error) });
