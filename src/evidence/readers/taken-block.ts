/** What became of a block of spans. */
export interface TakenBlock {
  spans: number;
  fromNs: bigint;
  toNs: bigint;
  /** Numbers of the units, lines or messages, that hold anything out of the ordinary: nothing of them was written. */
  left: 'all' | ReadonlySet<number>;
}
