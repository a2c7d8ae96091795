/** Why a request brought nothing, in the words that decide what to do next. */
export type FaultKind =
  | 'not-authorised' // 401: no credential, or a wrong one
  | 'forbidden' // 403: the credential lacks a right
  | 'not-found' // 404: no such path, or nothing there
  | 'bad-request' // 400, 422: the request is not understood
  | 'too-much' // the server says the answer would be too large
  | 'rate-limited' // 429 until the budget of time ran out
  | 'unavailable' // 5xx, no connection, cut off
  | 'too-slow' // no answer within the limit of one request
  | 'too-large' // the answer is larger than is taken into memory
  | 'malformed' // an answer of another form than documented
  | 'moved' // a redirect to another host, which is not followed
  | 'spent' // a budget of calls, bytes or time is used up
  | 'cancelled';

/** A request that failed for good. The message holds no credential. */
export class AskFault extends Error {
  override readonly name = 'AskFault';
  constructor(
    readonly kind: FaultKind,
    /** What happened, as one sentence without its full stop. */
    readonly what: string,
    readonly status?: number,
  ) {
    super(what);
  }
}

const TODO: Readonly<Record<FaultKind, string>> = {
  'not-authorised': 'Set its credential in the environment or the keyring; docs/sources.md names them.',
  forbidden: 'Give the credential the read right that the message names.',
  'not-found': 'Check the address and the path; kneepoint sources probe says what answers there.',
  'bad-request': 'Check the options of the source; kneepoint sources plan shows the queries.',
  'too-much': 'Narrow the window, or name services or a selector for this source.',
  'rate-limited': 'Run it again later with the same evidence file; what was fetched is not asked again.',
  unavailable: 'Check that the system is up and reachable from here, then run again.',
  'too-slow': 'Narrow the window, or raise the time of the source (limits: {seconds: …}).',
  'too-large': 'Narrow the window, or name services or a selector for this source.',
  malformed: 'Check that the address is that of the system itself and not of a proxy or a login page.',
  moved: 'Give the address that answers directly; a credential is never sent to another host.',
  spent: 'Raise the limits of the source, or narrow the window.',
  cancelled: 'Run it again with the same evidence file; what was fetched is not asked again.',
};

/** What the user can do about a fault. */
export const todoOf = (kind: FaultKind): string => TODO[kind];
