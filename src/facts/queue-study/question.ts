/** What is asked of a queue: the work one message is, who does it today, and how long a message may wait. */
export interface QueueQuestion {
  serviceSeconds: number;
  /** Squared coefficient of variation of service; 1 is exponential, 0 constant. */
  serviceVariation: number;
  workers?: number;
  objective: { quantile: number; seconds: number };
  /** Longest service seen or allowed, for the visibility time-out. */
  longestSeconds?: number;
}
