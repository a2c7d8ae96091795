import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Denied } from '../denied.js';
import { helperProcess } from '../helper-process.js';
import type { Asked, Told } from './child.js';
import type { Question } from './questions.js';

/** Asks the telemetry of investigations, each in a process of its own: the engine takes one folder a process, and the receiver never waits. */
export interface Studies {
  ask(folder: string, question: Question): Promise<unknown>;
  close(): void;
}

/** Processes that are kept; the one not asked for longest goes first. */
const MOST = 2;
const ANSWER_MS = 60_000;
/** One that nobody asks gives its memory back. */
const IDLE_MS = 5 * 60_000;

interface Study {
  child: ChildProcess;
  waiting: Map<number, { done(answer: unknown): void; failed(error: Error): void }>;
  idle: NodeJS.Timeout;
}

export function openStudies(): Studies {
  const open = new Map<string, Study>();
  let asked = 0;

  const end = (folder: string): void => {
    const study = open.get(folder);
    open.delete(folder);
    if (!study) return;
    clearTimeout(study.idle);
    study.child.kill('SIGKILL');
  };
  const start = (folder: string): Study => {
    const child = helperProcess(import.meta.url, 'child', [folder]);
    const study: Study = { child, waiting: new Map(), idle: setTimeout(() => end(folder), IDLE_MS) };
    study.idle.unref();
    child.on('message', (told: Told) => {
      if (!('number' in told)) return;
      const who = study.waiting.get(told.number);
      study.waiting.delete(told.number);
      if ('no' in told) who?.failed(new Denied(404, told.no));
      else who?.done(told.answer);
    });
    child.once('exit', () => {
      if (open.get(folder) === study) open.delete(folder);
      clearTimeout(study.idle);
      for (const who of study.waiting.values())
        who.failed(new Denied(503, 'The telemetry could not be asked.', 5));
    });
    return study;
  };

  return {
    ask(folder, question) {
      if (!existsSync(join(folder, 'store'))) throw new Denied(404, 'This investigation keeps no telemetry.');
      const study = open.get(folder) ?? start(folder);
      // The one asked last goes to the end.
      open.delete(folder);
      open.set(folder, study);
      study.idle.refresh();
      for (const other of open.keys()) {
        if (open.size <= MOST) break;
        end(other);
      }
      const number = ++asked;
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          study.waiting.delete(number);
          end(folder);
          reject(new Denied(503, 'The question took too long.'));
        }, ANSWER_MS);
        const settle =
          <T>(then: (value: T) => void) =>
          (value: T): void => {
            clearTimeout(late);
            then(value);
          };
        study.waiting.set(number, { done: settle(resolve), failed: settle(reject) });
        study.child.send({ number, question } satisfies Asked);
      });
    },
    close() {
      for (const folder of [...open.keys()]) end(folder);
    },
  };
}
