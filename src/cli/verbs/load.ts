import type { LoadKneeOptions, LoadRunOptions } from '../load.js';
import type { LoadModelOptions } from '../load-model.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'load',
  register(program, done) {
    const load = program.command('load').description('Loads a system at a rate, and judges the run itself.');
    const own = 'the target is not this machine, the plan allows it, and its owners know';
    load
      .command('run')
      .description('Runs a plan: requests are sent when they are due, whatever came back so far.')
      .argument('<plan>', 'plan.yaml; docs/load.md has the fields')
      .option('--out <folder>', 'where run.json, seconds.ndjson and report.html go', 'kneepoint-load')
      .option('--json', 'print the result on stdout')
      .option('--i-own-this', own)
      .action(async (plan: string, options: LoadRunOptions) => {
        const { runLoadPlan } = await import('../load.js');
        done(await runLoadPlan(plan, options));
      });
    load
      .command('knee')
      .description('Raises the rate until an objective breaks, and narrows the gap.')
      .argument('<plan>', 'plan.yaml; its slo says what may not break')
      .option('--from <rate>', 'first rate, requests a second', '50')
      .option('--to <rate>', 'highest rate to try', '20000')
      .option('--step <seconds>', 'length of a step', '10')
      .option('--factor <times>', 'each rate is so many times the one before', '1.5')
      .option(
        '--watch <name=process>',
        'how busy a process (its id) or a control group (its folder) on this machine is at each step',
        repeatable,
        [],
      )
      .option('--out <folder>', 'where knee.json and report.html go', 'kneepoint-load')
      .option('--json', 'print the result on stdout')
      .option('--i-own-this', own)
      .action(async (plan: string, options: LoadKneeOptions) => {
        const { runLoadKnee } = await import('../load.js');
        done(await runLoadKnee(plan, options));
      });
    load
      .command('model')
      .description(
        'Writes a plan or a script from what was seen: arrivals, mix, key popularity and body sizes.',
      )
      .argument(
        '<evidence...>',
        'access logs, tables of requests over time, files and folders with traces or metrics',
      )
      .option('--for <tool>', 'kneepoint, k6, gatling-typescript, gatling-java or k6-operator', 'kneepoint')
      .option(
        '--out <file>',
        'where it goes (plan.yaml, load.js, load.gatling.ts, LoadTest.java, k6-operator.yaml)',
      )
      .option('--p99 <ms>', 'objective that the plan or script judges the run by')
      .option('--service <name>', 'of metrics of several services: the one that users call')
      .option('--target <url>', 'the system that the plan will load', 'http://127.0.0.1:8080')
      .option('--json', 'print the model on stdout')
      .action(async (evidence: string[], options: LoadModelOptions) => {
        const { runLoadModel } = await import('../load-model.js');
        done(await runLoadModel(evidence, options));
      });
    load
      .command('check')
      .description('Checks the thresholds of a k6 script: broken ones, and those that can never fail.')
      .argument('<options>', 'what k6 inspect prints of the script; - for stdin')
      .option('--json', 'print the result on stdout')
      .action(async (file: string, options: { json?: boolean }) => {
        const { checkThresholds } = await import('../load-check.js');
        done(await checkThresholds(file, options));
      });
  },
} satisfies Verb;
