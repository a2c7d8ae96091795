import {
  type Advice,
  bullets,
  type Context,
  code,
  constant,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  steps,
  type Text,
} from '../../domain/index.js';
import { raw } from '../design/code-text.js';
import { runtimeOf } from '../design/language.js';
import { partName, sceneOf } from '../design/scene.js';
import { shippingNote, whenItHappens } from '../design/wording.js';

const PROBE = constant(
  'kubernetes.probePeriod',
  1,
  's',
  'Kubernetes documentation, Configure Probes: periodSeconds, its least value; a second is lost at most',
);

const STEPS: Record<string, Text[]> = {
  jvm: [
    say`class data sharing, or checkpoint and restore where the version has it`,
    say`lazy initialisation of what the first request does not need`,
    say`a few hundred requests against itself before it is ready, so that hot code is compiled`,
  ],
  nodejs: [
    say`one bundled file instead of thousands of modules`,
    say`the compile cache kept in the image`,
    say`connections and pools opened before it is ready`,
  ],
  python: [
    say`imports at the top of what is used, and byte code compiled into the image`,
    say`workers forked from a process that has loaded everything`,
    say`connections opened before it is ready`,
  ],
  dotnet: [
    say`ready-to-run compilation, or ahead of time where libraries allow`,
    say`dynamic profile-guided tiers kept on, warmed by requests to itself`,
    say`connections opened before it is ready`,
  ],
  go: [
    say`a small image; the binary itself starts at once`,
    say`caches and pools filled in parallel before it is ready`,
  ],
};

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, cache } = scene;
  const start = context.facts.find({ name: 'startup.duration' });
  const delay = context.facts.find({ name: 'scaleout.delay' });
  const share = context.facts.find({ name: 'coldstart.share' });
  const runtime = runtimeOf(service);
  const serverless =
    service?.product !== undefined &&
    (context.knowledge.product(service.product)?.traits.includes('serverless') ?? false);
  const own = STEPS[runtime ?? ''] ?? [
    say`what the first request does not need, loaded after it`,
    say`connections opened before it is ready`,
  ];
  return {
    title: say`Have new processes of ${serviceName} quick before they get requests`,
    description: say`Shorten the start of ${serviceName}, and let no user wait for it: a process says that it is ready only when code is loaded, connections to ${partName(cache, say`its stores`)} are open and its first answers are quick${serverless ? '; and some are kept started at all times' : ''}.`,
    benefit:
      delay || start
        ? say`New capacity of ${serviceName} serves ${delay ? num(delay) : start ? num(start) : ''} after it is asked for${whenItHappens(context)}; each step saved is time in which the others need not carry it.${share ? say` ${num(share)} of requests meet a new process now.` : ''}`
        : say`Requests no longer meet a process of ${serviceName} that is still loading; how long a start takes was not said, and its steps show it in one run.`,
    riskText: say`A readiness check of ${serviceName} that asks its dependencies takes all instances out when one of them fails: check what is its own, and warm up with reads only.`,
    effortText: say`A day for readiness and warming of ${serviceName}, more for its image and its modules.${shippingNote(context)}`,
    verification: say`p99 of requests to processes of ${serviceName} in their first minute equals that of older ones, and the time from decision to service falls.`,
    design: [
      steps([
        say`Measure the start of ${serviceName} in steps: machine, image, process, modules, connections, first quick answer.`,
        ...own.map((s) => say`In ${serviceName}: ${s}.`),
        say`Image of ${serviceName} small and already on the nodes; layers that change seldom come first.`,
      ]),
      code(
        'yaml',
        say`startupProbe:   { httpGet: { path: /health/started, port: http }, periodSeconds: ${raw(PROBE)}, failureThreshold: <longest start, in seconds> }
readinessProbe: { httpGet: { path: /health/ready, port: http }, periodSeconds: ${raw(PROBE)} }    # true after warming, false while draining
lifecycle: { preStop: { exec: { command: [sh, -c, "sleep $DRAIN"] } } }
minReadySeconds: <until its first collections are over>${
          serverless
            ? say`
# functions: provisioned concurrency for the base load, scheduled up before a known peak`
            : ''
        }`,
        say`${serviceName}: requests only when it is quick`,
      ),
      bullets([
        say`Keep ${serviceName} above the smallest number that one failing zone leaves; scaling to nothing is for what nobody waits for.`,
      ]),
    ],
  };
}

export default {
  id: 'speed-up-start',
  layer: 'infrastructure',
  title: 'Quick before the first request',
  effort: 'days',
  risk: 'low',
  section: 'capacity',
  advise,
} satisfies Remedy;
