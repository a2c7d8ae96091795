import { spawn } from 'node:child_process';
import { basename, dirname, resolve } from 'node:path';
import { EXIT, UserError } from './exit.js';
import { type ProfileOptions, type RecordOptions, runProfile } from './profile.js';

/** V8 writes its profile when the process ends by itself; an interrupt is made to end it so. */
const END_ON_SIGNAL =
  "data:text/javascript,for(const s of['SIGINT','SIGTERM'])process.on(s,()=>{if(process.listenerCount(s)===1)process.exit(0)})";

/** How programs of other runtimes are recorded: by the first word of the command. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^python[\d.]*$/, 'py-spy record --format raw --output slow.collapsed -- python app.py'],
  [/^java$/, 'java -XX:StartFlightRecording=filename=slow.jfr,settings=profile -jar app.jar'],
  [/^go$/, 'go test -cpuprofile slow.pprof, or curl -o slow.pprof "$HOST/debug/pprof/profile?seconds=30"'],
];

/** Runs a Node program with V8's profiler on, then says why it is slow. Its output goes where it always does. */
export async function runRecord(
  command: readonly string[],
  record: RecordOptions,
  options: ProfileOptions,
): Promise<number> {
  const [program = '', ...args] = command;
  if (!/^node(?:\.exe|js|\d+)?$/.test(basename(program))) throw otherRuntime(basename(program));
  const seconds = record.duration === undefined ? undefined : Number(record.duration);
  if (seconds !== undefined && !(seconds > 0))
    throw new UserError(EXIT.badInput, `${record.duration} is no time.`, '--duration', 'Give seconds: 30.');
  const out = resolve(
    record.heap && record.out === 'kneepoint.cpuprofile' ? 'kneepoint.heapprofile' : record.out,
  );
  const kind = record.heap ? 'heap' : 'cpu';
  const flags = [
    `--${kind}-prof`,
    `--${kind}-prof-dir=${dirname(out)}`,
    `--${kind}-prof-name=${basename(out)}`,
    `--import=${END_ON_SIGNAL}`,
  ];
  process.stderr.write(`kneepoint: recording to ${out}\n`);
  const status = await run(program, [...flags, ...args], seconds);
  if (status !== 0 && status !== 130)
    process.stderr.write(`kneepoint: the program ended with ${status}; its profile is read all the same\n`);
  return runProfile(out, {
    ...options,
    source: options.source.length > 0 ? options.source : [process.cwd()],
  });
}

function run(program: string, args: readonly string[], seconds: number | undefined): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    const end = (): void => void child.kill('SIGINT');
    const timer = seconds === undefined ? undefined : setTimeout(end, seconds * 1000);
    process.on('SIGINT', end);
    child.on('error', (error) => {
      clearTimeout(timer);
      process.off('SIGINT', end);
      failed(
        new UserError(
          EXIT.couldNotRun,
          `${program} could not be started: ${error.message}.`,
          'the command after --',
          'Check that it is installed and on the PATH.',
        ),
      );
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', end);
      done(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

function otherRuntime(program: string): UserError {
  const known = OTHERS.find(([name]) => name.test(program))?.[1];
  return new UserError(
    EXIT.badInput,
    `${program === '' ? 'Nothing' : program} is no Node program: only those are recorded here.`,
    'the command after --',
    known
      ? `Record it with its own tool, then read the file: ${known}`
      : 'Record it with its own tool (perf record -g, then perf script), then read the file.',
  );
}
