import type { CriticalPathOptions, TraceOptions, WhatIfOptions } from '../trace-edits.js';
import { repeatable, type Verb } from '../verb.js';

const WHERE = 'a trace file or folder: OTLP JSON or protobuf, Jaeger JSON, span lists; gzip too';

export default {
  name: 'trace',
  register(program, done) {
    const trace = program
      .command('trace')
      .description('Where requests spend their time, and what a change would save.');
    trace
      .command('critical-path')
      .description('Exclusive time on the critical path, of all requests beside the slowest.')
      .argument('<files...>', WHERE)
      .option('--request <name>', 'the operation that requests come in by: service/operation, or either')
      .option('--trace <id>', 'one trace, piece by piece; its id or the start of it')
      .option('--json', 'print the numbers as JSON')
      .action(async (files: string[], options: CriticalPathOptions) => {
        const { runCriticalPath } = await import('../trace.js');
        done(await runCriticalPath(files, options));
      });
    trace
      .command('what-if')
      .description('Re-times recorded requests with changes applied: what each percentile would have been.')
      .argument('<files...>', WHERE)
      .option('--request <name>', 'the operation that requests come in by: service/operation, or either')
      .option('--drop <spans>', 'these calls are not made', repeatable, [])
      .option('--shorten <spans=by>', 'these take less: =0.5 (half), =40% or =-20ms', repeatable, [])
      .option('--parallel <spans>', 'these siblings start together', repeatable, [])
      .option('--cache <spans=ratio>', 'these are answered without the call: =0.8', repeatable, [])
      .option('--batch <spans>', 'equal siblings become one call', repeatable, [])
      .option('--timeout <spans=time>', 'these are given up: =200ms', repeatable, [])
      .option('--json', 'print the numbers as JSON')
      .addHelpText(
        'after',
        '\n<spans> names a service, an operation, service/operation or a statement; * stands for anything:\n  kneepoint trace what-if traces.json --parallel "tax/*" --cache "SELECT * FROM products*=0.9"',
      )
      .action(async (files: string[], options: WhatIfOptions) => {
        const { runWhatIf } = await import('../trace.js');
        done(await runWhatIf(files, options));
      });
    trace
      .command('async')
      .description(
        'What requests wait for, by what they would save without, and which of it may come after the answer.',
      )
      .argument('<files...>', WHERE)
      .option('--request <name>', 'the operation that requests come in by: service/operation, or either')
      .option('--json', 'print the numbers as JSON')
      .action(async (files: string[], options: TraceOptions) => {
        const { runAsync } = await import('../trace.js');
        done(await runAsync(files, options));
      });
  },
} satisfies Verb;
