import type { Today } from '../src/capacity/today.js';
import type { Result } from '../src/domain/index.js';
import type { ApprovalAnswer, Listed, LiveAnswer, RowsAnswer, TraceAnswer, TraceListed } from './answers.js';

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
const TOKEN = 'kneepoint.token';

/** The token of this browser tab; servers on this machine alone need none. */
export const token = {
  read: (): string => window.sessionStorage.getItem(TOKEN) ?? '',
  keep: (value: string): void => window.sessionStorage.setItem(TOKEN, value),
};

async function ask<T>(path: string, signal?: AbortSignal, init: RequestInit = {}): Promise<T> {
  const key = token.read();
  const response = await fetch(`${ROOT}${path}`, {
    ...init,
    headers: {
      accept: 'application/json',
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const body = parsed(text);
  if (!response.ok) throw new ApiFault({ status: response.status, ...saidBy(body, response) });
  return body as T;
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

export const api = {
  list: (signal?: AbortSignal) => ask<{ investigations: Listed[] }>('/investigations', signal),
  result: (id: string, signal?: AbortSignal) => ask<Result>(`${of(id)}/result`, signal),
  traces: (id: string, signal?: AbortSignal) => ask<{ traces: TraceListed[] }>(`${of(id)}/traces`, signal),
  trace: (id: string, traceId: string, signal?: AbortSignal) =>
    ask<TraceAnswer>(`${of(id)}/traces/${encodeURIComponent(traceId)}`, signal),
  rows: (id: string, factId: string, signal?: AbortSignal) =>
    ask<RowsAnswer>(`${of(id)}/facts/${encodeURIComponent(factId)}/rows`, signal),
  pages: (id: string, signal?: AbortSignal) =>
    ask<{ pages: { path: string; title: string }[] }>(`${of(id)}/pages`, signal),
  approvals: (id: string, signal?: AbortSignal) =>
    ask<{ approvals: ApprovalAnswer[] }>(`${of(id)}/approvals`, signal),
  today: (id: string, signal?: AbortSignal) => ask<Today>(`${of(id)}/today`, signal),
  live: (signal?: AbortSignal) => ask<LiveAnswer>('/live', signal),
  start: (caseText: string) =>
    ask<{ job: string }>('/investigations', undefined, {
      method: 'POST',
      body: JSON.stringify({ case: caseText }),
    }),
  job: (id: string, signal?: AbortSignal) =>
    ask<{ state: string; doing: string; investigation?: string; error?: string }>(
      `/jobs/${encodeURIComponent(id)}`,
      signal,
    ),
};

/** Where a page beside the report is served. */
export const pageAt = (id: string, path: string): string =>
  `${ROOT}${of(id)}/pages/${path.split('/').map(encodeURIComponent).join('/')}`;
