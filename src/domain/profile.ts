/** What a number of a profile counts: `cpu` in `nanoseconds`, `inuse_space` in `bytes`, `samples` in `count`. */
export interface SampleType {
  name: string;
  unit: string;
}

/** The frames of a profile, by number. Text is made when it is asked for: most frames are never shown. */
export interface FrameTable {
  readonly size: number;
  /** Function name as the profiler wrote it. */
  name(frame: number): string;
  /** Source file, URL or binary; empty when the profiler gave none. */
  file(frame: number): string;
  /** 1-based line: of the function's start for V8, of the place in it for others; 0 when unknown. */
  line(frame: number): number;
  /** 1-based column of the function's start; 0 when unknown. */
  column(frame: number): number;
}

/**
 * Stacks as a tree. Node 0 is the root and has no frame (−1); a parent comes before its children, so totals add up in
 * one pass from the end. `values[type][node]` is the weight of samples that ended in this node.
 */
export interface CallTree {
  readonly size: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
  readonly values: readonly Float64Array[];
}

export const RUNTIMES = ['node', 'python', 'go', 'jvm', 'native', 'unknown'] as const;
export type ProfileRuntime = (typeof RUNTIMES)[number];

/** Samples by source line, where the profiler tells lines apart within a function (V8's positionTicks). */
export interface LineTicks {
  readonly node: Int32Array;
  readonly line: Int32Array;
  readonly ticks: Float64Array;
}

/** Samples in the order they were taken. */
export interface Timeline {
  readonly node: Int32Array;
  /** Microseconds since the first sample. */
  readonly timeUs: Float64Array;
  readonly weight: Float64Array;
}

/** What the runtime told besides stacks: a collection, a wait for a lock, an exception. */
export interface RuntimeEvents {
  /** `gc-pause`, `lock-wait`, `park`, `allocation`, `exception`, `safepoint`, `host-cpu`, `file-io`, `socket-io`. */
  kind: string;
  count: number;
  /** Nanoseconds, bytes or a count, by kind. */
  total: number;
  max: number;
  unit: 'nanoseconds' | 'bytes' | 'count' | 'ratio';
  /** Most frequent details, by weight: the class of a lock, the cause of a collection. */
  details: readonly { name: string; weight: number }[];
  /** Where in the code they happened, the heaviest first. */
  places: readonly { place: { function: string; file: string; line: number }; weight: number }[];
}

/** One profile, read from any format. */
export interface Profile {
  /** Id of the reader. */
  format: string;
  runtime: ProfileRuntime;
  sampleTypes: readonly SampleType[];
  /** The sample type that is shown when nothing else is asked for. */
  primary: number;
  frames: FrameTable;
  tree: CallTree;
  /** Samples taken: what intervals rest on. Estimated from weights where the profiler does not say. */
  samples: number;
  /** The same by sample type, where types were sampled apart. */
  samplesByType?: readonly number[];
  /** Records read, before they were added up. */
  records: number;
  durationNs?: number;
  /** When it began, in nanoseconds since 1970. */
  startNs?: bigint;
  /** Time between two samples. */
  periodNs?: number;
  lines?: LineTicks;
  timeline?: Timeline;
  events: readonly RuntimeEvents[];
  /** Weight by thread, when the profiler tells threads apart. */
  threads: readonly { name: string; weight: number }[];
  /** Weight by label, for labels with few values: `endpoint=/checkout`. */
  labels: readonly { key: string; value: string; weight: number }[];
  /** Weight, of the primary type, of samples that carry the id of a span or trace: taken while a request was served. */
  inRequests?: number;
  /** Nodes of the tree whose function the runtime gave up optimising, and its reason. */
  deoptimised?: ReadonlyMap<number, string>;
  /** Stacks that the profiler cut off at its depth limit. */
  truncatedStacks: number;
  /** What the reader left out or had to assume, for the reader of the report. */
  notes: readonly string[];
}
