import { createHash } from 'node:crypto';
import type { Random } from '../../../models/random.js';
import type { Budget, Limits } from './budget.js';
import type { Clock } from './clock.js';
import { AskFault, type FaultKind } from './fault.js';
import { type Pace, retryAfterMs } from './pace.js';

/** One question to a server: read-only, by GET or by a POST that the API has for searching. */
export interface Question {
  method?: 'GET' | 'POST';
  /** Below the address of the source: `/api/v1/query`. */
  path: string;
  /** Parameters in their order; a key may come again. */
  parameters?: readonly (readonly [string, string])[];
  /** Sent as JSON, or as a form when it is a URLSearchParams, or as it is when it is text. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers, beside 2xx: 404 where it means "nothing". */
  accepts?: readonly number[];
  /** The answer is a list of JSON values, one a line. */
  lines?: boolean;
}

/** What came back. */
export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  /** When it came, ISO 8601. */
  at: string;
  /** SHA-256 of its bytes. */
  sha256: string;
}

/** Asks one system politely. */
export interface Client {
  ask(question: Question): Promise<Answer>;
  /** The same, read as JSON. */
  json(question: Question): Promise<unknown>;
}

export interface ClientOptions {
  /** Address of the system, with the path below which its API lies. */
  base: URL;
  /** What proves who asks, sent with every request to the base's origin and to no other. */
  headers: Readonly<Record<string, string>>;
  /** Texts that must never show in a message. */
  secrets: readonly string[];
  limits: Limits;
  budget: Budget;
  pace: Pace;
  clock: Clock;
  /** For the jitter between tries. */
  random: Random;
  signal: AbortSignal;
  /** Some systems say "too much" in words of their own. */
  isTooMuch?(status: number, body: string): boolean;
  fetch?: typeof fetch;
}

const TRIES = 5;
const SHORTEST_TELLING = 8;
const MAX_REDIRECTS = 3;
/** First pause after a failed try; doubles with each, half of it by chance. */
const FIRST_PAUSE_MS = 400;
const MAX_PAUSE_MS = 30_000;
const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * A client that keeps within its budget and pace, waits when told to, tries again what may pass, and stops within the
 * same turn when its signal is raised. Redirects are followed on the same origin alone.
 */
export function createClient(options: ClientOptions): Client {
  const { clock, budget, pace, signal, limits } = options;
  const hide = hiding(options.secrets);
  // A short word occurs in any answer; cutting it there would spoil the evidence.
  const tellable = options.secrets.filter((s) => s.length >= SHORTEST_TELLING);
  const hideInAnswer = hiding(tellable);

  const attempt = async (question: Question, url: URL, redirects = 0): Promise<Answer> => {
    budget.call();
    const { body, headers } = payload(question);
    const timeoutMs = Math.min(limits.answerSeconds * 1000, Math.max(1, budget.leftMs()));
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
    const both = AbortSignal.any([signal, timeout]);
    let response: Response;
    try {
      response = await (options.fetch ?? fetch)(url, {
        method: question.method ?? 'GET',
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          'user-agent': 'kneepoint',
          ...headers,
          ...question.headers,
          ...options.headers,
        },
        ...(body === undefined ? {} : { body }),
        signal: both,
      });
      pace.learn(response.headers);
      if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
        const target = new URL(response.headers.get('location') ?? '', url);
        await response.body?.cancel();
        if (target.origin !== url.origin || redirects >= MAX_REDIRECTS)
          throw new AskFault('moved', `it redirects to ${target.origin}${target.pathname}`, response.status);
        return attempt(question, target, redirects + 1);
      }
      const received = await bodyOf(response, limits.answerBytes, budget, both);
      const bytes = tellable.some((s) => received.includes(s))
        ? Buffer.from(hideInAnswer(received.toString('utf8')))
        : received;
      return {
        status: response.status,
        headers: response.headers,
        bytes,
        at: new Date(clock.nowMs()).toISOString(),
        // Of the answer as it came; what is read of it holds no credential that a server says back.
        sha256: createHash('sha256').update(received).digest('hex'),
      };
    } catch (error) {
      if (error instanceof AskFault) throw error;
      if (signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
      if (timeout.aborted)
        throw new AskFault('too-slow', `no whole answer came within ${Math.round(timeoutMs / 1000)} s`);
      throw new AskFault('unavailable', hide(connectionError(error)));
    }
  };

  const ask = async (question: Question): Promise<Answer> => {
    const url = urlOf(options.base, question);
    for (let tries = 1; ; tries++) {
      await pace.turn(signal);
      if (signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
      let waitMs: number | undefined;
      let fault: AskFault;
      try {
        const answer = await attempt(question, url);
        if (
          (answer.status >= 200 && answer.status < 300) ||
          question.accepts?.includes(answer.status) === true
        )
          return answer;
        fault = faultOf(answer, hide, options.isTooMuch);
        if (!RETRIED.has(answer.status) || fault.kind === 'too-much') throw fault;
        waitMs = retryAfterMs(answer.headers, clock);
      } catch (error) {
        if (!(error instanceof AskFault)) throw error;
        const mayPass =
          error.kind === 'rate-limited' ||
          error.kind === 'too-slow' ||
          (error.kind === 'unavailable' && (error.status === undefined || RETRIED.has(error.status)));
        if (!mayPass) throw error;
        fault = error;
      }
      if (tries >= TRIES) throw fault;
      const pauseMs = waitMs ?? backoffMs(tries, options.random);
      if (pauseMs > budget.leftMs()) throw fault;
      // A limit holds for all requests of this client, not for this one alone.
      if (fault.kind === 'rate-limited' || waitMs !== undefined) pace.hold(pauseMs);
      else await clock.sleep(pauseMs, signal);
    }
  };

  return {
    ask,
    async json(question) {
      return parseJson(await ask(question));
    },
  };
}

/** Half of the pause is fixed and half by chance, so that many clients do not come back together. */
export const backoffMs = (tries: number, random: Random): number => {
  const whole = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return whole / 2 + (random() * whole) / 2;
};

/** The answer as JSON; a page of HTML is named as what it is. */
export function parseJson(answer: Pick<Answer, 'bytes' | 'headers'>): unknown {
  const text = answer.bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    const type = answer.headers.get('content-type') ?? 'no content type';
    throw new AskFault(
      'malformed',
      text.trim() === ''
        ? 'an empty answer came where JSON was due'
        : `the answer is no JSON (${type.slice(0, 60)})`,
    );
  }
}

function urlOf(base: URL, question: Question): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}${question.path}`;
  url.search = searchOf(question.parameters ?? []).toString();
  return url;
}

/** Parameters of a URL or a form, in their order. */
export function searchOf(parameters: readonly (readonly [string, string])[]): URLSearchParams {
  const search = new URLSearchParams();
  for (const [key, value] of parameters) search.append(key, value);
  return search;
}

function payload(question: Question): { body?: string; headers: Record<string, string> } {
  const { body } = question;
  if (body === undefined) return { headers: {} };
  if (typeof body === 'string') return { body, headers: {} };
  if (body instanceof URLSearchParams)
    return { body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function bodyOf(
  response: Response,
  limit: number,
  budget: Budget,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    budget.bytes(bytes.length);
    // Leaving the loop cancels the rest of the answer.
    if (size > limit) throw new AskFault('too-large', `an answer has more than ${limit} bytes`);
    signal.throwIfAborted();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const STATUS_KINDS: Readonly<Record<number, FaultKind>> = {
  400: 'bad-request',
  401: 'not-authorised',
  403: 'forbidden',
  404: 'not-found',
  408: 'too-slow',
  413: 'too-much',
  422: 'bad-request',
  429: 'rate-limited',
};

function faultOf(
  answer: Answer,
  hide: (text: string) => string,
  isTooMuch: ClientOptions['isTooMuch'],
): AskFault {
  const body = answer.bytes.subarray(0, 4000).toString('utf8');
  const kind = isTooMuch?.(answer.status, body)
    ? 'too-much'
    : (STATUS_KINDS[answer.status] ?? (answer.status >= 500 ? 'unavailable' : 'bad-request'));
  const said = wordsOf(body);
  return new AskFault(
    kind,
    hide(`it answered ${answer.status}${said === '' ? '' : `: ${said}`}`),
    answer.status,
  );
}

/** What an error body says: the usual fields of JSON errors, else the beginning of its text. */
export function wordsOf(body: string): string {
  let text = body;
  try {
    const value: unknown = JSON.parse(body);
    text = messages(value).join('; ') || body;
  } catch {
    if (/<html|<!doctype/i.test(body)) text = 'a page of HTML';
  }
  // A fault is told without its full stop.
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
    .replace(/(?<!\.)\.$/, '');
}

const MESSAGE_KEYS = ['error', 'errors', 'message', 'detail', 'title', 'reason', 'constraintViolations'];

function messages(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (depth > 4 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.slice(0, 3).flatMap((v) => messages(v, depth + 1));
  const object = value as Readonly<Record<string, unknown>>;
  return MESSAGE_KEYS.flatMap((k) => (Object.hasOwn(object, k) ? messages(object[k], depth + 1) : []));
}

/** Replaces every secret, also as it stands in a URL or a basic credential. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const all = secrets
    .filter((s) => s.length > 0)
    .flatMap((s) => [s, encodeURIComponent(s), Buffer.from(s).toString('base64')]);
  return (text) => all.reduce((t, s) => t.replaceAll(s, '‹credential›'), text);
}

function connectionError(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as { code?: unknown }).code;
  const message = cause instanceof Error ? cause.message : String(cause);
  return `it could not be reached (${typeof code === 'string' ? code : message.slice(0, 120)})`;
}
