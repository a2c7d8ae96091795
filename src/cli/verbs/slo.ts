import type { SloBacktestOptions, SloSuggestOptions } from '../slo.js';
import type { SloAnomalyOptions } from '../slo-anomaly.js';
import type { SloGenerateOptions } from '../slo-generate.js';
import type { Verb } from '../verb.js';

export default {
  name: 'slo',
  register(program, done) {
    const slo = program
      .command('slo')
      .description(
        'Promises: rules, tests and dashboards from a specification, checked and replayed over the past.',
      );
    slo
      .command('generate')
      .description(
        'Writes Prometheus rules with their tests, routes, a dashboard, a runbook and vendors’ objects.',
      )
      .argument('<spec>', 'OpenSLO v1 or Sloth (YAML), or a case')
      .option('--out <folder>', 'where the files go', 'kneepoint-slo')
      .option('--period <duration>', 'a rolling period in place of that of the file: 28d')
      .option('--runbook <url>', 'where runbook.md will be found', 'runbook.md')
      .option('--json', 'print what was written on stdout')
      .action(async (spec: string, options: SloGenerateOptions) => {
        const { runSloGenerate } = await import('../slo-generate.js');
        done(await runSloGenerate(spec, options));
      });
    slo
      .command('check')
      .description('Looks for known defects in Prometheus rule files; 0 none, 1 some.')
      .argument('<rules...>', 'rule files')
      .option('--json', 'print the defects on stdout')
      .action(async (files: string[], options: { json?: boolean }) => {
        const { runSloCheck } = await import('../slo.js');
        done(runSloCheck(files, options));
      });
    slo
      .command('suggest')
      .description('Objectives that the past would have kept, and what each would have cost.')
      .argument('<history>', 'CSV with time, total and bad; or series, with --spec')
      .option('--spec <file>', 'whose queries tell good from bad')
      .option('--days <n>', 'length of a period', '28')
      .option('--json', 'print the table on stdout')
      .action(async (history: string, options: SloSuggestOptions) => {
        const { runSloSuggest } = await import('../slo.js');
        done(runSloSuggest(history, options));
      });
    slo
      .command('backtest')
      .description('Replays rules over the past: pages a week, detection and reset of each known incident.')
      .argument('<rules>', 'a rule file, or a specification')
      .argument('<history>', 'Prometheus JSON, OpenMetrics with times, or CSV')
      .option('--incidents <file>', 'CSV with name, start and end')
      .option('--json', 'print the result on stdout')
      .action(async (rules: string, history: string, options: SloBacktestOptions) => {
        const { runSloBacktest } = await import('../slo.js');
        done(runSloBacktest(rules, history, options));
      });
    slo
      .command('anomaly')
      .description(
        'A seasonal band for a signal without a promise, as rules, with the alarms it would have raised.',
      )
      .argument('<history>', 'at least two seasons: Prometheus JSON, OpenMetrics with times, or CSV')
      .requiredOption('--query <promql>', 'the signal, over the series of the history')
      .requiredOption('--name <name>', 'what it is called: letters, digits, underscores')
      .option('--season <length>', 'day or week', 'week')
      .option('--out <file>', 'where the rules go')
      .option('--vendors <folder>', 'where monitors for Datadog, New Relic and Dynatrace go')
      .option('--json', 'print the measurement on stdout')
      .action(async (history: string, options: SloAnomalyOptions) => {
        const { runSloAnomaly } = await import('../slo-anomaly.js');
        done(runSloAnomaly(history, options));
      });
  },
} satisfies Verb;
