/** What a closed loop hides: its users wait with the system, so that a stall is seen by a few requests instead of all. */
export const CLOSED_LOOP =
  'The tool waits for an answer before it sends again: requests that a stall would have hit were never sent, so the tail is a lower bound.';

/** The tool sends on time, but starts its clock when it sends. */
export const FROM_SENDING = 'Latency runs from sending, not from when the request was due.';

export const droppedCaveat = (dropped: number): string =>
  `${dropped} iterations that were due were not started (dropped_iterations): every percentile is a lower bound.`;

export const GATLING_LOOP =
  'The log does not say whether users were injected at a rate (open) or kept at a number (closed). Either way a user’s next request waits for its last answer.';
