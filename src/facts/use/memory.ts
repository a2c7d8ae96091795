import {
  factOf,
  type Gathered,
  grouped,
  matching,
  overStates,
  type ResourceFacts,
  serviceOf,
} from './gather.js';
import { type Series, toBytes, toRatio } from './series.js';

const STATES = ['state', 'system.memory.state', 'memory_state'];
const TYPES = ['v8js.heap.space.name', 'jvm.memory.pool.name', 'id', 'pool', 'space'];

const ofService = (
  g: Gathered,
  pattern: RegExp,
  name: string,
  unit: 'bytes' | 'ratio',
  value: (all: readonly Series[]) => number | undefined,
  keep: (s: Series) => boolean = () => true,
) =>
  [...grouped(matching(g, pattern, 'level').filter(keep), (s) => `${s.service}\n${s.name}`).values()].flatMap(
    (all) => {
      const v = value(all);
      return all[0] && v !== undefined ? factOf(g, name, serviceOf(all[0]), v, unit, all) : [];
    },
  );

/** A level in use beyond all others is what a limit meets: the 95th percentile over time. */
const used = (all: readonly Series[]): number | undefined =>
  overStates(
    all,
    STATES,
    (s) => s === 'used',
    (s) => s.p95 * toBytes(s),
  );
const summed =
  (of: (s: Series) => number) =>
  (all: readonly Series[]): number | undefined =>
    overStates(
      all,
      TYPES,
      () => true,
      (s) => of(s) * toBytes(s),
    );
const isHeap = (s: Series): boolean =>
  !['non_heap', 'nonheap'].includes(
    (s.attributes['jvm.memory.type'] ?? s.attributes.type ?? s.attributes.area ?? 'heap').toLowerCase(),
  );

/** Memory and heap in use, and their limits. */
export const memory: ResourceFacts = (g) => [
  ...ofService(
    g,
    /^(?:process|container|k8s_pod|system|host)_memory_(?:usage|working_set|rss|usage_total)(?:_bytes)?$|^process_resident_memory_bytes$|^container_memory_(?:working_set|usage)_bytes$|^mem(?:ory)?(?:_(?:used|usage|bytes))?$/,
    'memory.used',
    'bytes',
    used,
    (s) => s.unit !== '%',
  ),
  ...ofService(
    g,
    /^(?:container|k8s_(?:pod|container))_memory_(?:limit|available)\b|^container_spec_memory_limit_bytes$|^k8s_container_memory_limit$/,
    'memory.limit',
    'bytes',
    (all) => Math.max(...all.map((s) => s.max * toBytes(s))),
  ),
  ...ofService(
    g,
    /^(?:system|container|k8s_\w+|host)_memory_(?:utili[sz]ation|percent|limit_utili[sz]ation)$|^mem(?:ory)?_(?:percent|pct|util|utili[sz]ation)$/,
    'memory.utilisation',
    'ratio',
    (all) =>
      overStates(
        all,
        STATES,
        (s) => s === 'used',
        (s) => s.p95 * toRatio(s),
      ),
  ),
  ...ofService(
    g,
    /^(?:v8js_memory_heap_used|jvm_memory_used(?:_bytes)?|nodejs_heap_size_used_bytes|process_runtime_jvm_memory_usage|go_memstats_heap_inuse_bytes|process_runtime_dotnet_gc_heap_size|dotnet_gc_last_collection_heap_size)$/,
    'heap.used',
    'bytes',
    summed((s) => s.p95),
    isHeap,
  ),
  ...ofService(
    g,
    /^(?:v8js_memory_heap_limit|jvm_memory_limit|jvm_memory_max_bytes|process_runtime_jvm_memory_limit)$/,
    'heap.limit',
    'bytes',
    summed((s) => Math.max(0, s.max)),
    isHeap,
  ),
];
