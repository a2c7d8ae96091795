import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createRedactor, type RedactorOptions } from '../../evidence/redact/index.js';
import { type Admission, admission, type Place } from './admission.js';
import { answerKept, answerRefused } from './answers.js';
import { bodyOf, Refused } from './body.js';
import { rememberStored } from './known-requests.js';
import { redactJsonRequest } from './redact-json.js';
import { Malformed, type ProtobufRedactor, protobufRedactor } from './redact-protobuf.js';
import { repeats } from './repeats.js';
import { type KeepLimits, overdue, remove } from './retention.js';
import { SIGNALS, type Signal } from './schema.js';
import { NotStored, type SegmentLimits, type SegmentLog, segmentLog } from './segment-log.js';
import { type Encoding, type Recovered, recover, type Segment, segmentsOf } from './segments.js';

export interface ReceiverOptions {
  /** Where segments lie. */
  folder: string;
  /** Of one request, unpacked. */
  maxRequestBytes: number;
  /** Of all requests that are being worked on. */
  maxBytesInFlight: number;
  /** What waited longer is refused. */
  maxWaitMs: number;
  /** A segment is closed beyond this size or age. */
  segment: { bytes: number; ms: number };
  keep: KeepLimits;
  /** The key is needed: placeholders must stay the same from one run to the next. */
  redaction: RedactorOptions & { key: Uint8Array };
  /** A path that must not be purged, whatever its age. */
  isHeld?: (path: string) => boolean;
}

export interface ReceiverCounts {
  requests: number;
  items: number;
  rejected: number;
  repeated: number;
  shed: number;
  failed: number;
}

/** What became of a request: how many of its items were rejected, or why all of it is refused. */
export type Outcome = { rejected: number } | { refusal: Refusal };
export interface Refusal {
  /** As HTTP has it. */
  status: number;
  words: string;
  /** Set where the same may be sent again. */
  retryAfterSeconds?: number;
}

/** Takes telemetry by OTLP; what it acknowledged is redacted and on disk. */
export interface Receiver {
  recovered: Recovered;
  counts: Readonly<ReceiverCounts>;
  used: Admission['used'];
  /** Of one request, unpacked. */
  maxRequestBytes: number;
  /**
   * Takes one request; `read` gives its bytes, unpacked, and takes room for them. A patient sender is answered late
   * rather than refused for being late.
   */
  accept(
    signal: Signal,
    encoding: Encoding,
    read: (place: Place) => Promise<Buffer>,
    sender?: 'patient',
  ): Promise<Outcome>;
  /** Answers one request to `/v1/<signal>`. */
  handle(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Closes open segments and gives all that are kept, the oldest first. */
  sealed(): Promise<Segment[]>;
  /** Removes what is over its size and age; returns what was removed. */
  purge(): Promise<Segment[]>;
  close(): Promise<void>;
}

const PATHS: ReadonlyMap<string, Signal> = new Map([
  ...SIGNALS.map((s) => [`/v1/${s}`, s] as const),
  ['/v1development/profiles', 'profiles'] as const,
]);
/** The signal that a path takes; nothing for other paths. */
export const signalOfPath = (path: string): Signal | undefined => PATHS.get(path);

const TYPES: ReadonlyMap<string, Encoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/protobuf', 'protobuf'],
  ['application/json', 'json'],
]);

const RETRY_AFTER_SECONDS = 1;
const FULL: Refusal = {
  status: 429,
  words: 'More arrives than can be stored now.',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};
const MOST_REQUESTS = 1000;
/** A redactor remembers what it cut; with a key, a new one gives the same placeholders. */
const REQUESTS_A_REDACTOR = 50_000;

export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const recovered = await recover(folder);
  const places = admission({
    bytes: options.maxBytesInFlight,
    requests: MOST_REQUESTS,
    waitMs: options.maxWaitMs,
  });
  const logs = new Map<string, SegmentLog>();
  const logOf = (signal: Signal, encoding: Encoding): SegmentLog => {
    const id = `${signal} ${encoding}`;
    const log = logs.get(id) ?? segmentLog(folder, signal, encoding, segmentLimits(signal, options));
    logs.set(id, log);
    return log;
  };
  const known = repeats();
  await rememberStored(folder, known, Date.now());
  const counts: ReceiverCounts = { requests: 0, items: 0, rejected: 0, repeated: 0, shed: 0, failed: 0 };

  let redactor = createRedactor(options.redaction);
  let onWire: ProtobufRedactor = protobufRedactor(redactor);
  let used = 0;
  const redact = (signal: Signal, encoding: Encoding, body: Buffer) => {
    if (++used > REQUESTS_A_REDACTOR) {
      used = 0;
      redactor = createRedactor(options.redaction);
      onWire = protobufRedactor(redactor);
    }
    if (encoding === 'protobuf') return onWire.redact(signal, body);
    const { line, ...kept } = redactJsonRequest(signal, body, redactor);
    return { ...kept, pieces: [Buffer.from(line)] };
  };

  const take = async (
    signal: Signal,
    encoding: Encoding,
    read: (place: Place) => Promise<Buffer>,
    place: Place,
    isPatient: boolean,
  ): Promise<number> => {
    const body = await read(place);
    if (!isPatient && place.isLate()) throw new Refused(429, 'More arrives than can be stored now.');
    const { pieces, items, rejected } = redact(signal, encoding, body);
    counts.rejected += rejected;
    if (items === rejected) return rejected;
    const hash = known.of(pieces);
    if (known.has(hash)) {
      counts.repeated++;
      return rejected;
    }
    await logOf(signal, encoding).append(pieces);
    known.add(hash);
    counts.requests++;
    counts.items += items - rejected;
    return rejected;
  };

  const accept: Receiver['accept'] = async (signal, encoding, read, sender) => {
    const place = places.enter();
    if (!place) {
      counts.shed++;
      return { refusal: FULL };
    }
    try {
      return { rejected: await take(signal, encoding, read, place, sender === 'patient') };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.status === 429) counts.shed++;
      else counts.failed++;
      return { refusal };
    } finally {
      place.leave();
    }
  };

  return {
    recovered,
    counts,
    used: places.used,
    maxRequestBytes: options.maxRequestBytes,
    accept,
    async handle(signal, request, response) {
      const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      const encoding = TYPES.get(type);
      if (!encoding) {
        request.resume();
        answerRefused(response, 'json', {
          status: 415,
          words: 'Content-Type must be application/x-protobuf or application/json.',
        });
        return;
      }
      const outcome = await accept(signal, encoding, (place) =>
        bodyOf(request, place, options.maxRequestBytes),
      );
      if ('rejected' in outcome) return answerKept(response, encoding, signal, outcome.rejected);
      request.resume();
      answerRefused(response, encoding, outcome.refusal);
    },
    async sealed() {
      await Promise.all([...logs.values()].map((log) => log.seal()));
      return segmentsOf(folder);
    },
    async purge() {
      const held = options.isHeld ?? (() => false);
      const all = (await segmentsOf(folder)).filter((s) => !held(join(folder, s.name)));
      const gone = overdue(all, options.keep, Date.now());
      await remove(folder, gone);
      return gone;
    },
    async close() {
      await Promise.all([...logs.values()].map((log) => log.close()));
    },
  };
}

/** Readers take one export of profiles a file: each has its own dictionary. */
const segmentLimits = (signal: Signal, { segment }: ReceiverOptions): SegmentLimits => ({
  ...segment,
  alone: signal === 'profiles',
});

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused)
    return {
      status: error.status,
      words: error.words,
      ...(error.status === 429 ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {}),
    };
  if (error instanceof Malformed)
    return { status: 400, words: `This is no OTLP export request: ${error.message}.` };
  if (error instanceof NotStored)
    return {
      status: 503,
      words: `The telemetry could not be stored (${error.message}).`,
      retryAfterSeconds: 5,
    };
  return { status: 500, words: 'The request could not be worked on.' };
}
