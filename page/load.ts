import { useEffect, useRef, useState } from 'react';
import { ApiFault } from './api.js';

export type Loaded<T> =
  | { state: 'waits' }
  | { state: 'has'; value: T }
  | { state: 'failed'; fault: ApiFault };

/**
 * What an asynchronous question gives. Asks again when `key` changes, and gives up the question before it. The last
 * answer stays while the next one is on its way, so that nothing jumps. `key` names everything that `ask` depends on.
 */
export function useLoaded<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'waits' });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const stop = new AbortController();
    const tell = (now: Loaded<T>): void => {
      if (!stop.signal.aborted) setLoaded(now);
    };
    // The key is what changed; the question of this moment is asked.
    void key;
    latest.current(stop.signal).then(
      (value) => tell({ state: 'has', value }),
      (error: unknown) => tell({ state: 'failed', fault: faultOf(error) }),
    );
    return () => stop.abort();
  }, [key]);
  return loaded;
}

const faultOf = (error: unknown): ApiFault =>
  error instanceof ApiFault
    ? error
    : new ApiFault({ what: error instanceof Error ? error.message : String(error) });
