import type {
  CapacityAutoscaleOptions,
  CapacityCostOptions,
  CapacityEventOptions,
  CapacityFitOptions,
  CapacityPlanOptions,
} from '../capacity/options.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'capacity',
  register(program, done) {
    const capacity = program
      .command('capacity')
      .description('How far a system goes, what the load asked for takes, and what that costs.');
    capacity
      .command('fit')
      .description(
        'Fits models to the steps of a load test or to telemetry, judges them on steps held back, and gives the knee.',
      )
      .argument(
        '[steps...]',
        'a table or JSON of steps, results of load tests (one a step), or a folder with telemetry',
      )
      .option('--slo <time>', 'the p99 that must hold: 700ms')
      .option('--at <rate>', 'forecast mean and p99 at this rate', repeatable, [])
      .option(
        '--evidence <path>',
        'telemetry: traces, and metrics of processors or event loops',
        repeatable,
        [],
      )
      .option('--store <place>', 'telemetry in a store that is kept: a folder, or ClickHouse by its URL')
      .option('--demands <file>', 'JSON of service demands instead: bounds and mean value analysis')
      .option('--out <folder>', 'write knee.svg and report.html there')
      .option('--json', 'print the numbers as JSON')
      .action(async (steps: string[], options: CapacityFitOptions) => {
        const { runCapacityFit } = await import('../capacity/fit.js');
        done(await runCapacityFit(steps, options));
      });
    capacity
      .command('plan')
      .description('What the load asked for takes: from a case, from flags, or both, with changes tried.')
      .argument('[case...]', 'prompt text, case.yaml or a folder with telemetry')
      .option('--evidence <path>', 'telemetry', repeatable, [])
      .option(
        '--now <pairs>',
        'what is seen today: rate=6000,cpu=90%,p99=1.8s,instances=8,cores=2,hit=71%,read=80%',
      )
      .option('--slo <time>', 'the p99 that must hold: 700ms')
      .option('--cost-limit <share>', 'how much the bill may rise: 15%')
      .option('--rate <rate>', 'load to plan for, requests a second')
      .option('--mix <shares>', 'try another mix: read=90%')
      .option('--instances <n>', 'try so many instances, or x1.5')
      .option('--cores <n>', 'try so many cores an instance, or x2')
      .option(
        '--instance-type <from[:to]>',
        'try another type: m6i.large:m6i.xlarge; today’s type alone compares all of the price book',
      )
      .option('--prices <book>', 'price book (YAML or CSV); without one a small dated sample')
      .option('--hit-ratio <share>', 'try another hit ratio of the cache: 90%')
      .option('--pool <n>', 'try another pool or connection limit')
      .option('--cpu-per-request <change>', 'try work a request cut: -30%')
      .option(
        '--fix <n>',
        'try a recommendation of the case by its rank: its forecast off p99',
        repeatable,
        [],
      )
      .option('--growth <change>', 'growth a month: +5%')
      .option('--history <load>', 'recorded load: growth by the trend of its daily peaks')
      .option('--season <factor>', 'the season’s peak over today’s: x1.3')
      .option('--event <factor>', 'a planned event over that: x2')
      .option('--zones <n>', 'zones the instances are spread over', '3')
      .option('--out <folder>', 'write report.html there')
      .option('--json', 'print the numbers as JSON')
      .action(async (cases: string[], options: CapacityPlanOptions) => {
        const { runCapacityPlan } = await import('../capacity/plan.js');
        done(await runCapacityPlan(cases, options));
      });
    capacity
      .command('autoscale')
      .description('Replays autoscaling policies on a recorded load, and writes the manifests of the best.')
      .argument('<load>', 'table with a time and requests (a count) or rps (a rate)')
      .requiredOption('--service-time <time>', 'processor time of a request on one core: 20ms')
      .option('--cores <n>', 'cores of a replica', '1')
      .option('--start <time>', 'from the decision until a replica serves', '60s')
      .option('--slo <time>', 'latency that must hold', '500ms')
      .option('--quantile <share>', 'for this share of requests', '0.99')
      .option('--min <n>', 'fewest replicas', '2')
      .option('--max <n>', 'most replicas', '200')
      .option('--learn <time>', 'how much of the start is learned from, and not replayed: 7d')
      .option(
        '--budget <time>',
        'how long the objective may be broken, instead of what the default does: 30m',
      )
      .option('--price <money>', 'price of a replica for an hour')
      .option('--memory <MiB>', 'memory of a replica, for requests and limits')
      .option('--name <name>', 'name of the deployment, for the manifests', 'service')
      .option('--out <folder>', 'where the chart and the manifests go', 'kneepoint-capacity')
      .option('--json', 'print the numbers as JSON')
      .action(async (load: string, options: CapacityAutoscaleOptions) => {
        const { runCapacityAutoscale } = await import('../capacity/autoscale.js');
        done(await runCapacityAutoscale(load, options));
      });
    capacity
      .command('cost')
      .description(
        'Where the money goes, what is idle, what to size and commit to, and what fits under hard limits.',
      )
      .argument(
        '<inputs...>',
        'a FOCUS (CSV) or OpenCost (JSON) export, a table of use, a recorded load, a case, or a result.json',
      )
      .option('--prices <book>', 'price book (YAML or CSV); without one a small dated sample')
      .option('--type <type>', 'instance type of the price book')
      .option('--requests <n>', 'requests in the time of the bill: 120m')
      .option('--rate <rate>', 'requests a second, in the time of the bill or to plan for')
      .option('--bad-minutes <time>', 'how long the objective was broken in the time of the bill: 90m')
      .option('--service-time <time>', 'with a recorded load: processor time of a request')
      .option('--cost-limit <share>', 'with a case: how much the bill may rise')
      .option('--tier-share <share>', 'with a case: what scales, as a share of the bill', '100%')
      .option('--peak-hours <n>', 'with a case: hours a week at the peak', '10')
      .option('--engineer-hour <money>', 'with a result: what an hour of work costs')
      .option(
        '--bad-minute <money>',
        'with a result: what a minute out of the objective costs; --bad-minutes is then for a month',
      )
      .option('--out <folder>', 'write report.html there')
      .option('--json', 'print the numbers as JSON')
      .action(async (inputs: string[], options: CapacityCostOptions) => {
        const { runCapacityCost } = await import('../capacity/cost.js');
        done(await runCapacityCost(inputs, options));
      });
    capacity
      .command('event')
      .description('Ready for an announced load: forecast, test, schedule, freeze, shedding, go or no-go.')
      .argument('[case...]', 'prompt text, case.yaml or a folder with telemetry')
      .requiredOption('--at <time>', 'when it starts: 2026-11-27T18:00Z')
      .option('--duration <time>', 'how long it lasts', '2h')
      .option('--rate <rate>', 'the load expected, requests a second')
      .option('--factor <factor>', 'the event over an ordinary day: x2.5')
      .option('--history <load>', 'recorded load, for trend and week')
      .option('--start <time>', 'from the order until new capacity serves', '5m')
      .option('--out <folder>', 'where event.md and load-plan.yaml go', 'kneepoint-event')
      .option('--json', 'print the plan as JSON')
      .action(async (cases: string[], options: CapacityEventOptions) => {
        const { runCapacityEvent } = await import('../capacity/event.js');
        done(await runCapacityEvent(cases, options));
      });
  },
} satisfies Verb;
