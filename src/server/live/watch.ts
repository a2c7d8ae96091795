import { formatQuantity } from '../../domain/index.js';
import type { Suspicion } from '../../facts/live/suspicion.js';
import type { LiveView } from '../../facts/live/view.js';
import type { Segment } from '../otlp/segments.js';

/** What the page shows of now. */
export interface LiveState {
  /** One sentence where nothing is suspected. */
  state: string;
  services: LiveView['services'];
  calls: LiveView['calls'];
  suspicion?: { text: string; since: string; investigation?: string };
}

export interface WatchOptions {
  /** Closes what is open and gives all segments, the oldest first. */
  sealed(): Promise<Segment[]>;
  /** Requests received since the start: nothing new, nothing to look at. */
  received(): number;
  pathOf(segment: Segment): string;
  look(paths: readonly string[]): Promise<LiveView | undefined>;
  /** Begins an investigation of what was received since `from`; its id. */
  investigate(suspicion: Suspicion, from: Date): string | undefined;
  now(): number;
}

export interface Watch {
  state(): LiveState;
  /** One look; at most one at a time. */
  tick(): Promise<void>;
  /** Looks every some seconds until it is stopped. */
  start(): void;
  stop(): void;
}

const EVERY_MS = 15_000;
const BACK_MS = 6 * 60_000;
/** More is read from its end: the newest tells of now. */
const MOST_BYTES = 32 * 1024 * 1024;
/** The same incident is not investigated twice within this time. */
const AGAIN_MS = 15 * 60_000;

const NOTHING: LiveState = { state: 'Nothing has been received yet.', services: [], calls: [] };

/**
 * Looks at the last minutes of received spans again and again. What turns for the worse beyond chance becomes a
 * suspicion, and begins an investigation.
 */
export function openWatch(options: WatchOptions): Watch {
  let state = NOTHING;
  let seen = -1;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last: { key: string; at: number; investigation: string | undefined } | undefined;

  const look = async (): Promise<void> => {
    const received = options.received();
    if (received === seen) return;
    seen = received;
    const now = options.now();
    const paths = recent(await options.sealed(), now).map(options.pathOf);
    const view = await options.look(paths);
    if (!view) return;
    state = stateOf(view, now);
  };
  const stateOf = (view: LiveView, now: number): LiveState => {
    const { services, calls, suspicion } = view;
    if (!suspicion) {
      const known = services.some((s) => s.beforeMs !== undefined);
      return {
        state: known
          ? 'Nothing is slower or fails more than before.'
          : 'There is no time before to compare with yet.',
        services,
        calls,
      };
    }
    const key = `${suspicion.service} ${suspicion.operation} ${suspicion.kind}`;
    if (!last || last.key !== key || now - last.at > AGAIN_MS)
      last = { key, at: now, investigation: options.investigate(suspicion, new Date(now - BACK_MS)) };
    return {
      state: '',
      services,
      calls,
      suspicion: {
        text: sentence(suspicion),
        since: new Date(last.at).toISOString(),
        ...(last.investigation === undefined ? {} : { investigation: last.investigation }),
      },
    };
  };
  const tick = (): Promise<void> => {
    looking ??= look()
      .catch((error: unknown) => {
        process.stderr.write(`kneepoint: live: ${error instanceof Error ? error.message : String(error)}\n`);
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  return {
    state: () => state,
    tick,
    start() {
      timer ??= setInterval(() => void tick(), EVERY_MS);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Segments of spans that reach into the last minutes, the newest first up to the size that is read. */
export function recent(segments: readonly Segment[], now: number): Segment[] {
  const spans = segments.filter((s) => s.signal === 'traces');
  const out: Segment[] = [];
  let bytes = 0;
  for (let i = spans.length - 1; i >= 0; i--) {
    const segment = spans[i];
    if (!segment) continue;
    // It lasts until the next of its encoding began.
    const next = spans.slice(i + 1).find((s) => s.encoding === segment.encoding);
    if ((next?.fromMs ?? now) < now - BACK_MS) continue;
    bytes += segment.bytes;
    if (bytes > MOST_BYTES && out.length > 0) break;
    out.push(segment);
  }
  return out.reverse();
}

/** What is suspected, in one sentence. */
export function sentence(s: Suspicion): string {
  const what =
    s.kind === 'slower'
      ? `${s.operation} of ${s.service} slowed: p95 ${formatQuantity(s.p95BeforeMs, 'ms')} → ${formatQuantity(s.p95NowMs, 'ms')}`
      : `${s.operation} of ${s.service} fails: ${formatQuantity(s.failedBefore, 'ratio')} → ${formatQuantity(s.failedNow, 'ratio')} of its requests`;
  const where =
    s.part && s.kind === 'slower'
      ? `; ${formatQuantity(s.part.moreMs, 'ms')} more a request in ${s.part.operation} of ${s.part.service}`
      : '';
  return `${what}${where}.`;
}
