import type { Command } from 'commander';

/**
 * Commands that may be asked for over the network, and their options. What is left out acts on other systems (load, chaos,
 * live sources), needs a private key (approve, reject), or writes where it is told to.
 */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  investigate: ['evidence', 'baseline'],
  compare: ['metric', 'effect', 'level', 'correction'],
  gate: ['baseline', 'candidate', 'metric', 'effect', 'level', 'correction'],
  profile: ['against', 'work', 'rate', 'latency', 'fdr', 'type'],
  explain: [
    'from',
    'since',
    'workload',
    'indexes',
    'budget',
    'pool',
    'rate',
    'hold',
    'holdVariation',
    'processes',
    'maxConnections',
  ],
  cache: ['size', 'bytes', 'ttl', 'refill', 'processes'],
  queue: ['service', 'variation', 'longest', 'workers', 'objective'],
  history: ['effect'],
  verify: ['after', 'before', 'recommendation'],
  status: [],
  'capacity fit': ['slo', 'at', 'demands'],
  'capacity plan': [
    'evidence',
    'now',
    'slo',
    'costLimit',
    'rate',
    'mix',
    'instances',
    'cores',
    'instanceType',
    'hitRatio',
    'pool',
    'cpuPerRequest',
    'growth',
    'history',
    'season',
    'event',
    'zones',
  ],
  'capacity autoscale': [
    'serviceTime',
    'cores',
    'start',
    'slo',
    'quantile',
    'min',
    'max',
    'learn',
    'budget',
    'price',
    'memory',
    'name',
  ],
  'slo check': [],
  'slo suggest': ['spec', 'days'],
  'slo backtest': ['incidents'],
  'slo anomaly': ['query', 'name', 'season'],
  'trace critical-path': ['request', 'trace'],
  'trace what-if': ['request', 'drop', 'shorten', 'parallel', 'cache', 'batch', 'timeout'],
};

/** Values of these are paths, told by what the help calls them. */
const PATHS = new Set(['path', 'file', 'folder', 'spec', 'load']);

export interface ApiOption {
  name: string;
  /** As on the command line: `--hit-ratio`. */
  flag: string;
  about: string;
  isPath: boolean;
  isSwitch: boolean;
}

export interface ApiVerb {
  name: string;
  about: string;
  /** How many inputs it takes: all are references. */
  inputs: { least: number; most: number };
  /** Words among the inputs that are no references, such as ids of recommendations. */
  options: readonly ApiOption[];
  /** It takes `--out` for its files. */
  out: boolean;
  json: boolean;
}

const MOST_INPUTS = 50;

/** The commands as the command line declares them, so that both always say the same. */
export function apiVerbs(program: Command): ApiVerb[] {
  return Object.entries(ALLOWED).flatMap(([name, allowed]) => {
    const command = name
      .split(' ')
      .reduce<Command | undefined>((at, word) => at?.commands.find((c) => c.name() === word), program);
    if (!command) return [];
    const args = name === 'status' ? command.registeredArguments.slice(0, 1) : command.registeredArguments;
    return {
      name,
      about: command.description(),
      inputs: {
        least: args.filter((a) => a.required).length,
        most: args.some((a) => a.variadic) ? MOST_INPUTS : args.length,
      },
      options: allowed.flatMap((option) => {
        const found = command.options.find((o) => o.attributeName() === option);
        if (!found) return [];
        const value = /[<[]([\w-]+)/.exec(found.flags)?.[1];
        return {
          name: option,
          flag: found.long ?? '',
          about: found.description,
          isPath: value !== undefined && PATHS.has(value) && !found.flags.includes('instance'),
          isSwitch: value === undefined,
        };
      }),
      out: command.options.some((o) => o.long === '--out' && o.flags.includes('<folder>')),
      json: command.options.some((o) => o.long === '--json'),
    };
  });
}
