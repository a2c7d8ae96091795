import type { Today } from '../src/capacity/today.js';
import type { Result } from '../src/domain/index.js';
import type {
  BurnPhase,
  CacheStudy,
  DifferenceAnswer,
  ForecastsAnswer,
  JobAnswer,
  Listed,
  LiveAnswer,
  RecordsAnswer,
  Standing,
  TraceAnswer,
  TracesAnswer,
  WhatIfAnswer,
} from './answers.js';
import type { Parts } from './report.js';

/** What the server said instead of an answer: what, where, and what to do. */
export class ApiFault extends Error {
  readonly status: number;
  readonly where: string;
  readonly todo: string;
  constructor(fault: { status?: number; what: string; where?: string; todo?: string }) {
    super(fault.what);
    this.status = fault.status ?? 0;
    this.where = fault.where ?? '';
    this.todo = fault.todo ?? '';
  }
}

const ROOT = '/api/v1';

async function ask<T>(path: string, signal?: AbortSignal, body?: unknown): Promise<T> {
  const response = await fetch(`${ROOT}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const read = parsed(text);
  if (!response.ok) throw new ApiFault({ status: response.status, ...saidBy(read, response) });
  return read as T;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function saidBy(body: unknown, response: Response): { what: string; where?: string; todo?: string } {
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const inner = typeof told.error === 'object' && told.error !== null ? (told.error as typeof told) : told;
  const text = (key: string): string | undefined =>
    typeof inner[key] === 'string' ? (inner[key] as string) : undefined;
  const where = text('where');
  const todo = text('todo') ?? text('fix');
  return {
    what: text('what') ?? text('message') ?? `The server answered ${response.status}.`,
    ...(where === undefined ? {} : { where }),
    ...(todo === undefined ? {} : { todo }),
  };
}

const of = (id: string): string => `/investigations/${encodeURIComponent(id)}`;
const asked = (query: Record<string, string>): string => `?${new URLSearchParams(query)}`;

export const api = {
  session: (token: string) => ask<undefined>('/session', undefined, { token }),
  list: (signal?: AbortSignal) => ask<Listed[]>('/investigations', signal),
  result: (id: string, signal?: AbortSignal) => ask<Result>(`${of(id)}/result`, signal),
  report: (id: string, signal?: AbortSignal) => ask<Parts>(`${of(id)}/report`, signal),
  traces: (id: string, order: 'slowest' | 'time', signal?: AbortSignal) =>
    ask<TracesAnswer>(`${of(id)}/traces${asked({ order, limit: '1000' })}`, signal),
  trace: (id: string, traceId: string, signal?: AbortSignal) =>
    ask<TraceAnswer>(`${of(id)}/traces/${encodeURIComponent(traceId)}`, signal),
  /** `edits` as the API has them: what is shortened, and to which share of its own time. */
  whatIf: (id: string, edits: readonly { spans: string; factor: number }[], signal?: AbortSignal) =>
    ask<WhatIfAnswer>(`${of(id)}/what-if`, signal, {
      edits: edits.map((e) => ({ kind: 'shorten', ...e })),
    }),
  burn: (id: string, query: Record<string, string>, signal?: AbortSignal) =>
    ask<BurnPhase[]>(`${of(id)}/burn${asked(query)}`, signal),
  today: (id: string, signal?: AbortSignal) => ask<Today>(`${of(id)}/today`, signal),
  records: (id: string, fact: string, signal?: AbortSignal) =>
    ask<RecordsAnswer>(`${of(id)}/fact/records${asked({ fact })}`, signal),
  profiles: (id: string, signal?: AbortSignal) => ask<string[]>(`${of(id)}/profiles`, signal),
  difference: (id: string, before: string, after: string, signal?: AbortSignal) =>
    ask<DifferenceAnswer>(`${of(id)}/profile-difference${asked({ before, after })}`, signal),
  forecasts: (signal?: AbortSignal) => ask<ForecastsAnswer>('/forecasts', signal),
  approvals: (id: string, signal?: AbortSignal) => ask<Standing[]>(`${of(id)}/approvals`, signal),
  decide: (id: string, signed: string) =>
    ask<{ recommendation: string; state: string }>(`${of(id)}/decisions`, undefined, { signed }),
  live: (signal?: AbortSignal) => ask<LiveAnswer>('/live', signal),
  investigate: (text: string) =>
    ask<JobAnswer>('/jobs', undefined, { verb: 'investigate', inputs: [{ text }] }),
  upload: async (file: Blob): Promise<string> => {
    const response = await fetch(`${ROOT}/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    });
    const read = parsed(await response.text());
    if (!response.ok) throw new ApiFault({ status: response.status, ...saidBy(read, response) });
    return (read as { upload: string }).upload;
  },
  studyCache: (upload: string, options: Record<string, string>) =>
    ask<JobAnswer>('/jobs', undefined, { verb: 'cache', inputs: [{ upload }], options }),
  cacheStudy: (job: string) => ask<CacheStudy>(`/jobs/${encodeURIComponent(job)}/output`),
  job: (id: string, signal?: AbortSignal) => ask<JobAnswer>(`/jobs/${encodeURIComponent(id)}`, signal),
};

/** Where the flame graph of a source is served. */
export const flameAt = (id: string, source: string): string =>
  `${ROOT}${of(id)}/profiles/${encodeURIComponent(source)}/page`;

/** Where the flame graph of one source against another is served. */
export const differenceAt = (id: string, before: string, after: string): string =>
  `${ROOT}${of(id)}/profile-difference/page${asked({ before, after })}`;
