import type { Finding } from '../../domain/index.js';
import { plain } from '../../domain/index.js';
import type { ChaosExperiment } from './experiment.js';

/** What is done to a system to see whether a cause is one. */
interface Intervention {
  /** Words of `kneepoint chaos inject`. */
  fault: string[];
  /** What follows if the finding is right; if it does not, the finding is refuted. */
  expects: string;
  configuration: ChaosExperiment['configuration'];
}

const SECONDS = '600';
/** A value that the configuration of the experiment fills in. */
const setting = (name: string): string => `\${${name}}`;
const proxied = (fault: string, ...settings: string[]): Intervention['fault'] => [
  'chaos',
  'inject',
  fault,
  '--listen',
  setting('proxy_listen'),
  '--upstream',
  setting('upstream'),
  '--seconds',
  SECONDS,
  ...settings,
];
const env = (key: string, fallback?: string) => ({
  type: 'env' as const,
  key,
  ...(fallback === undefined ? {} : { default: fallback }),
});
const PROXY = { proxy_listen: env('PROXY_LISTEN', '127.0.0.1:7000'), upstream: env('UPSTREAM') };

/**
 * The experiment whose outcome could refute a finding: it makes the alleged cause worse on purpose, in a test system, and
 * holds the latency against what must then happen. It is in Chaos Toolkit's format and runs there as well.
 */
export function refutingExperiment(finding: Finding): ChaosExperiment {
  const how = interventionFor(finding);
  return {
    title: `Refute: ${plain(finding.title)}`,
    description: [
      how.expects,
      'If not, the finding is refuted.',
      plain(finding.refutedIf),
      ...('upstream' in how.configuration
        ? ['Before it, let the service connect to PROXY_LISTEN instead of UPSTREAM.']
        : []),
      'After it: kneepoint compare without-fault/run.json with-fault/run.json.',
    ]
      .filter((s) => s !== '')
      .join(' '),
    tags: ['kneepoint', finding.layer, finding.hypothesis],
    configuration: {
      url: env('TARGET_URL'),
      ...how.configuration,
    },
    'steady-state-hypothesis': {
      title: 'The entry answers within its limit',
      probes: [
        {
          type: 'probe',
          name: 'the entry answers',
          tolerance: 200,
          background: false,
          provider: { type: 'http', url: setting('url'), method: 'GET', headers: {}, timeout: 10 },
        },
      ],
    },
    method: [
      underLoad('without the fault', 'without-fault'),
      {
        type: 'action',
        name: 'make the alleged cause worse',
        background: true,
        provider: { type: 'process', path: 'kneepoint', arguments: how.fault },
      },
      { ...underLoad('with the fault', 'with-fault'), pauses: { before: 5 } },
    ],
    rollbacks: [],
  };
}

/** The plan of the case, run once; the two results are then held against each other. */
const underLoad = (when: string, folder: string): ChaosExperiment['method'][number] => ({
  type: 'probe',
  name: `latency under load, ${when}`,
  background: false,
  provider: {
    type: 'process',
    path: 'kneepoint',
    arguments: ['load', 'run', 'plan.yaml', '--out', folder],
    timeout: 600,
  },
});

function interventionFor(f: Finding): Intervention {
  const subject = f.subject.name;
  const pid = { pid: env('SERVICE_PID') };
  if (/pool|connection-limit|thread-pool/.test(f.hypothesis))
    return {
      fault: proxied('connections', '--most', setting('most_connections')),
      expects: `With half the connections to ${subject} the p99 must rise, and the rise must be waiting for a connection.`,
      configuration: { ...PROXY, most_connections: env('MOST_CONNECTIONS', '5') },
    };
  if (f.layer === 'client')
    return {
      fault: proxied('bandwidth', '--kbPerSecond', '200'),
      expects: `With a slower line the time that ${subject} takes must grow in proportion to the bytes sent.`,
      configuration: PROXY,
    };
  if (f.layer === 'dependency' || f.layer === 'database' || f.layer === 'cache')
    return {
      fault: proxied('latency', '--latencyMs', setting('added_ms'), '--jitterMs', '10'),
      expects: `With more latency to ${subject} the p99 of the entry must rise by at least as much for each call on its critical path.`,
      configuration: { ...PROXY, added_ms: env('ADDED_MS', '100') },
    };
  return {
    fault: [
      'chaos',
      'inject',
      'cpu',
      '--pid',
      setting('pid'),
      '--cores',
      setting('cores'),
      '--seconds',
      SECONDS,
    ],
    expects: `With half the CPU for ${subject} the p99 must rise, and the knee must come at about half the rate.`,
    configuration: { ...pid, cores: env('CORES', '0.5') },
  };
}
