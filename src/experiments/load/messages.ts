/** What the generator's thread tells: the requests that ended since the last message, one number a request and column. */
export interface Batch {
  kind: 'batch';
  count: number;
  /** Which request of the mix. */
  request: Uint16Array;
  /** HTTP status; 0 for no answer. */
  status: Uint16Array;
  /** Intended start, milliseconds from the start of the run. */
  intendedMs: Float64Array;
  /** From the intended start to the end of the answer. */
  latencyMs: Float64Array;
  /** From sending to the end of the answer. */
  responseMs: Float64Array;
  /** From the intended start until the generator's thread came to it: the generator's own lateness. */
  lagMs: Float64Array;
  /** Errors without an answer, by name. */
  errors: Record<string, number>;
  /** Since the last message. */
  tally: Tally;
}

export interface Tally {
  /** Milliseconds from the start of the run. */
  atMs: number;
  /** Requests whose intended start came. */
  due: number;
  sent: number;
  /** Left out because too many were in flight. */
  dropped: number;
  inFlight: number;
  mostInFlight: number;
  /** Requests that had to wait for one of the allowed connections. */
  waited: number;
  connections: number;
  /** Share of the time in which the thread was busy, 0..1. */
  busy: number;
}

export interface Finished {
  kind: 'finished';
}
export type FromWorker = Batch | Finished;
