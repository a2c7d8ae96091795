import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { cpuDemand, PLANNING } from '../design/arithmetic.js';
import { runtimeOf, uses } from '../design/language.js';
import { figure, sceneOf, storeNotService, toolName } from '../design/scene.js';
import { atLoad, shippingNote, staffingNote } from '../design/wording.js';

/** Where processor time goes in each runtime, to be confirmed by a profile. */
function suspects(context: Context, runtime: string | undefined): Text[][] {
  const common: Record<string, [string, string][]> = {
    nodejs: [
      ['entity objects for rows only passed on', 'raw rows on read routes; columns named'],
      ['objects logged as text on the loop', 'a logger beside the loop; levels first'],
      ['validators compiled per request', 'compile once at start'],
      ['deep copies and spreads of large objects', 'pass on what is not changed'],
    ],
    jvm: [
      ['reflection and entity hydration', 'projections; generated mappers'],
      ['JSON through intermediate trees', 'streaming to and from the socket'],
      ['regular expressions and formatters made per call', 'constants'],
      ['exceptions as control flow', 'results; stack traces off where thrown often'],
    ],
    python: [
      ['serialisers over model instances', 'values or projections; a compiled JSON library'],
      ['template rendering of the same fragment', 'cached fragments by version'],
      ['date and decimal parsing', 'once at the edge'],
      ['middleware that every request passes', 'only where it is needed'],
    ],
    go: [
      ['reflection-based JSON', 'generated marshalling on hot types'],
      ['allocation in inner loops', 'reuse buffers; profile by allocation'],
      ['fmt for keys and logs', 'append to byte slices'],
      ['more running goroutines than processors granted', 'limit to what the quota lets run'],
    ],
    dotnet: [
      ['change tracking and lazy proxies on reads', 'projections without tracking'],
      ['large JSON as strings', 'source-generated serialisers writing to the response stream'],
      ['LINQ and closures in inner loops', 'plain loops where the profile says so'],
      ['synchronous waits that add threads', 'async to the bottom'],
    ],
  };
  const rows = common[runtime ?? ''] ?? [
    ['turning stored data into answers', 'fewer fields, fewer intermediate forms'],
    ['logging and validation per request', 'sampled, compiled, beside the request'],
  ];
  const orm = context.changes.find(
    (c) => c.mechanisms.includes('orm-upgrade') || c.mechanisms.includes('library-upgrade'),
  );
  return [
    ...(orm
      ? [
          [
            say`${name(orm.subject.name)}`,
            say`profiles with ${name(orm.subject.name)} and without it at one rate`,
          ],
        ]
      : []),
    ...rows.map(([a, b]) => [say`${a}`, say`${b}`]),
    ...(uses(context, 'grpc')
      ? [[say`interceptors on each call`, say`keep those that earn their time`]]
      : []),
  ];
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service } = scene;
  const cpu = cpuDemand(scene);
  const cut =
    cpu && cpu.then.value > PLANNING.value
      ? figure(
          scene,
          'demand.cut',
          [1 - PLANNING.value / cpu.then.value, 'ratio'],
          'all − planning utilisation ÷ utilisation at the target',
          [PLANNING, cpu.then],
        )
      : undefined;
  const profiler = toolName(context, 'profiler', 'a sampling profiler');
  return {
    title: cut
      ? say`Cut processor time a request of ${serviceName} by up to ${num(cut)}`
      : say`Cut processor time a request of ${serviceName}`,
    description: say`Profile ${serviceName} with ${profiler} at low and at high load and compare the two: what grows in share is what to cut.`,
    benefit:
      cpu && cut
        ? say`${num(cpu.used)} at ${num(cpu.at)} becomes ${num(cpu.then)} ${atLoad(scene)}. ${num(cut)} less work a request brings it to ${num(PLANNING)} on today’s instances; every part of that is capacity without a bill.`
        : cpu
          ? say`${num(cpu.used)} at ${num(cpu.at)} becomes ${num(cpu.then)} ${atLoad(scene)}, within ${num(PLANNING)}: worth doing for cost, not for the target.`
          : say`Capacity of ${serviceName} grows by what each request no longer costs; its processor use at a known rate, which gives the figure, was not said.`,
    riskText: say`Low for each change, if ${serviceName}’s answers are compared before and after; a cleverer path that few understand is the real cost.`,
    effortText: say`Three to five days for the first large frames of ${serviceName}; the rest flattens out.${shippingNote(context)}${staffingNote(context)}`,
    verification: say`Processor milliseconds a request (processor seconds ÷ requests) of ${serviceName} at one rate, as a gate in the build; the profile’s difference shows which frame shrank.`,
    design: [
      table(
        ['Look for', 'Instead'],
        suspects(context, runtimeOf(service)),
        say`Where processor time of ${serviceName} may go; ${profiler} decides which of these are true`,
      ),
      bullets([
        say`Measure processor time, not wall time: a request of ${serviceName} that waits costs nothing here.`,
        say`Let one gate guard it: processor time a request of ${serviceName} more than a tenth above its baseline fails the build.`,
      ]),
    ],
  };
}

export default {
  id: 'reduce-cpu-per-request',
  layer: 'api',
  title: 'Less processor time a request',
  effort: 'days',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.6, 0.9], growth: [0, 0.3] },
  blocked: (_, about) => storeNotService(about),
  advise,
} satisfies Remedy;
