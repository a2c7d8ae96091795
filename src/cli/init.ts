import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { stringify } from 'yaml';
import { INPUT_KEYS, type InputKey } from '../domain/index.js';
import { EXIT, UserError } from './exit.js';

/** What each input asks, and an answer as a person would give it. */
export const QUESTIONS: Readonly<Record<InputKey, { ask: string; for_example: string }>> = {
  app_name: { ask: 'What is the service called?', for_example: 'Parcel Tracking API' },
  architecture: {
    ask: 'What is it made of, and who calls whom? Arrows are understood.',
    for_example: 'nginx → Go API (12 pods) → Redis 7 → PostgreSQL 16 primary + 2 replicas',
  },
  performance_issues: {
    ask: 'What is wrong, by how much, and when?',
    for_example: 'p99 went from 220 ms to 1.4 s on Monday mornings; pool timeouts in the log',
  },
  current_metrics: {
    ask: 'What do latency, throughput and resources read now?',
    for_example: 'p50 35 ms, p95 310 ms, p99 1.4 s at 1,800 req/s; CPU 55 %; pool 40 of 40 in use',
  },
  target_metrics: {
    ask: 'What must hold, under which load, at what cost?',
    for_example: 'p99 < 300 ms at 3,000 req/s, errors < 0.1 %, cost at most +10 %',
  },
  observability: {
    ask: 'Which tools watch it?',
    for_example: 'Prometheus, Grafana, Tempo, pprof, k6',
  },
  recent_changes: {
    ask: 'What changed lately: code, configuration, infrastructure, traffic?',
    for_example: 'driver upgrade two weeks ago; new carrier lookup on every request since Friday',
  },
  constraints: {
    ask: 'What cannot change?',
    for_example: 'PostgreSQL stays; no new region; deploys only on weekdays',
  },
  workload: {
    ask: 'What does the traffic look like: rates, bursts, mix, sizes, skew?',
    for_example: '90 % reads, 10 % writes; three times the load on Mondays from 08:00; 4 KB answers',
  },
  dependencies: {
    ask: 'What does it depend on: databases, caches, queues, internal and third-party services?',
    for_example: 'Redis, PostgreSQL, address service (internal), carrier API (third party, p99 400 ms)',
  },
};

export type Answers = Partial<Record<InputKey, string>>;

/**
 * The text of a commented case file: each input under its question, with an example in a comment where there is no
 * answer yet. `readCase` understands it as it is.
 */
export function caseTemplate(answers: Answers): string {
  const inputs = INPUT_KEYS.map((key) => {
    const { ask, for_example } = QUESTIONS[key];
    const answer = answers[key]?.trim() ?? '';
    const value =
      answer === ''
        ? `# for example: ${for_example}\n${key}:\n`
        : stringify({ [key]: answer }, { lineWidth: 0 });
    return `# ${ask}\n${value}`;
  });
  return [
    '# A case for kneepoint. Prose is fine: numbers are read with their unit, statistic and condition.',
    '# Leave out what you do not know; the report says what would matter most.',
    '# Then: kneepoint investigate case.yaml --evidence FOLDER',
    '',
    ...inputs,
  ].join('\n');
}

/** Where the questions are put to a person. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
}

/** Asks the ten questions one after the other; an empty line skips one, the end of input skips the rest. */
export async function askAll({ input, output }: Terminal): Promise<Answers> {
  const lines = createInterface({ input, output });
  const answers: Answers = {};
  try {
    let ended = false;
    lines.once('close', () => {
      ended = true;
    });
    for (const [i, key] of INPUT_KEYS.entries()) {
      const { ask, for_example } = QUESTIONS[key];
      output.write(`\n${i + 1} of ${INPUT_KEYS.length}  ${ask}\n        for example: ${for_example}\n`);
      if (ended) break;
      const closed = new Promise<''>((resolve) => lines.once('close', () => resolve('')));
      const answer = await Promise.race([lines.question('> '), closed]);
      if (answer.trim() !== '') answers[key] = answer.trim();
    }
  } finally {
    lines.close();
  }
  return answers;
}

/** Writes a case file: on a terminal from the answers to ten questions, otherwise the commented template. */
export async function runInit(
  file: string,
  options: { force?: boolean },
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<number> {
  if (existsSync(file) && !options.force)
    throw new UserError(
      EXIT.badInput,
      'There is already a file of that name.',
      file,
      'Name another file, or overwrite it with --force.',
    );
  const answers = terminal.input.isTTY ? await askAll(terminal) : {};
  try {
    await writeFile(file, caseTemplate(answers));
  } catch (error) {
    throw new UserError(
      EXIT.couldNotRun,
      `The file could not be written: ${error instanceof Error ? error.message : String(error)}.`,
      file,
      'Name a file in a folder that exists and that you may write to.',
    );
  }
  process.stdout.write(`${file}\n`);
  return EXIT.fine;
}
