/** A place among the requests that are being worked on. */
export interface Place {
  /** Takes so many bytes more; false when there is no room. */
  grow(bytes: number): boolean;
  /** Whether this request waited so long that those behind it would wait too long. */
  isLate(): boolean;
  leave(): void;
}

export interface AdmissionLimits {
  /** Of all requests together, from their first byte until they are acknowledged. */
  bytes: number;
  requests: number;
  /** What waited longer before it was worked on is refused: the sender has it still, and those after it are answered in time. */
  waitMs: number;
}

export interface Admission {
  /** Nothing when it is full, or when what is here waits too long already. */
  enter(): Place | undefined;
  used(): { bytes: number; requests: number };
}

/** A clock in ms that never goes back, and a way to be called when the event loop's turn is over. */
export interface Turns {
  now(): number;
  afterTurn(work: () => void): void;
}
const REAL: Turns = { now: () => performance.now(), afterTurn: (work) => setImmediate(work) };

/**
 * Bounds what a server holds and how long a request waits. Requests that wait do so in the buffers of their connections,
 * where nobody sees them: one turn of the event loop works on all that were there when it began. So the age of the turn
 * is how long the request at hand has waited at least.
 */
export function admission(limits: AdmissionLimits, { now, afterTurn }: Turns = REAL): Admission {
  let bytes = 0;
  let requests = 0;
  let turnFrom: number | undefined;
  const turnAge = (): number => {
    if (turnFrom === undefined) {
      turnFrom = now();
      afterTurn(() => {
        turnFrom = undefined;
      });
    }
    return now() - turnFrom;
  };
  return {
    used: () => ({ bytes, requests }),
    enter() {
      if (requests >= limits.requests || bytes >= limits.bytes || turnAge() > limits.waitMs) return undefined;
      requests++;
      const at = now();
      let own = 0;
      let gone = false;
      return {
        grow(more) {
          if (bytes + more > limits.bytes) return false;
          bytes += more;
          own += more;
          return true;
        },
        isLate: () => now() - at > limits.waitMs || turnAge() > limits.waitMs,
        leave() {
          if (gone) return;
          gone = true;
          bytes -= own;
          requests--;
        },
      };
    },
  };
}
