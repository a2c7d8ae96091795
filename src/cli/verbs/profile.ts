import type { ProfileOptions, RecordOptions } from '../profile.js';
import type { MemoryOptions } from '../profile-memory.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'profile',
  register(program, done) {
    const profile = program
      .command('profile')
      .description('Why a program is slow, from any profile; what changed between two.')
      .argument(
        '[file]',
        'pprof, .cpuprofile, .heapprofile, JFR, collapsed stacks, perf script, speedscope …',
      )
      .option('--against <file>', 'a profile from before: exit 1 when a function got slower')
      .option('--work <before,after>', 'requests served while each was recorded: compares cost for a request')
      .option('--rate <number>', 'requests a second that the process served: cost for a request')
      .option('--latency <ms>', 'their mean time: what of it is processor time, and the bound that sets')
      .option(
        '--fdr <rate>',
        'false-discovery rate of the comparison; what is called changed is five times surer',
        '0.01',
      )
      .option(
        '--source <path>',
        'folder with the sources: names what hot lines do; repeatable',
        repeatable,
        [],
      )
      .option('--type <name>', 'which sample type, when there are several: cpu, alloc_space, lock …')
      .option('--html <file>', 'write the flame graph with its tables as one page')
      .option('--svg <file>', 'write the flame graph as a drawing')
      .option('--collapsed', 'print collapsed stacks instead')
      .option('--json', 'print causes and functions as JSON')
      .action(async (file: string | undefined, options: ProfileOptions) => {
        const { runProfile } = await import('../profile.js');
        done(await runProfile(file, options));
      });
    profile
      .command('record')
      .description('Records a Node program and says why it is slow: kneepoint profile record -- node app.js')
      .argument('<command...>', 'the program with its arguments, after --')
      .option('--out <file>', 'where the profile goes', 'kneepoint.cpuprofile')
      .option('--duration <seconds>', 'end the program after this time')
      .option('--heap', 'record allocations instead of processor time')
      .action(async (command: string[], options: RecordOptions, self: { optsWithGlobals(): unknown }) => {
        const { runRecord } = await import('../profile-record.js');
        done(await runRecord(command, options, self.optsWithGlobals() as ProfileOptions));
      });
    profile
      .command('memory')
      .description('Whether what a program keeps climbs, from readings of its memory; exit 1 when it does.')
      .argument('<file>', 'CSV with a column of time and one of memory, or one line a metric')
      .option('--heap-limit <size>', 'when it meets this limit: 512MiB')
      .option('--column <name>', 'which column or metric, when the names do not say')
      .option('--unit <unit>', 'bytes, kB, MiB …, when the names do not say')
      .action(async (file: string, options: MemoryOptions, self: { optsWithGlobals(): unknown }) => {
        const { runMemory } = await import('../profile-memory.js');
        const { json } = self.optsWithGlobals() as { json?: boolean };
        done(await runMemory(file, { ...options, ...(json ? { json } : {}) }));
      });
  },
} satisfies Verb;
