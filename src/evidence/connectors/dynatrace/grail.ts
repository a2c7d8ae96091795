import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import { systemClock } from '../live/clock.js';
import { AskFault } from '../live/fault.js';
import { type Answer, parseJson } from '../live/http.js';
import { type Asking, isoMs } from '../source.js';

const POLL_MS = 500;
/** Times a query is asked for again before it is given up; each waits up to ten seconds on the server. */
const MOST_POLLS = 60;

/** Asks one DQL query and polls until it has an end. States: NOT_STARTED, RUNNING, SUCCEEDED, FAILED, CANCELLED, RESULT_GONE. */
export async function dql(
  asking: Asking,
  query: string,
  fromMs: number,
  toMs: number,
  most: number,
): Promise<Answer> {
  let answer = await asking.client.ask({
    method: 'POST',
    path: '/platform/storage/query/v1/query:execute',
    body: {
      query,
      defaultTimeframeStart: isoMs(fromMs),
      defaultTimeframeEnd: isoMs(toMs),
      maxResultRecords: most,
      requestTimeoutMilliseconds: 10_000,
    },
  });
  let token: string | undefined;
  for (let polls = 0; ; polls++) {
    const value = parseJson(answer);
    const state = isObject(value) ? String(value.state ?? '') : '';
    if (state === 'SUCCEEDED') return answer;
    if (state !== 'RUNNING' && state !== 'NOT_STARTED')
      throw new AskFault(faultKind(state), `its query ended as ${state || 'nothing known'}`);
    // Only the first answer has the token.
    if (isObject(value) && typeof value.requestToken === 'string') token = value.requestToken;
    if (token === undefined) throw new AskFault('malformed', 'its query runs on and has no token');
    if (polls >= MOST_POLLS) throw new AskFault('too-slow', 'its query did not come to an end');
    if (polls > 0) await systemClock.sleep(POLL_MS, asking.signal);
    answer = await asking.client.ask({
      path: '/platform/storage/query/v1/query:poll',
      parameters: [
        ['request-token', token],
        ['request-timeout-milliseconds', '10000'],
      ],
    });
  }
}

const faultKind = (state: string): 'too-slow' | 'unavailable' =>
  state === 'RESULT_GONE' ? 'too-slow' : 'unavailable';

/** The records of a query that succeeded, and what its notifications warn of. */
export function recordsOf(answer: Answer): { records: JsonObject[]; warnings: string[] } {
  const value = parseJson(answer);
  const result = isObject(value) && isObject(value.result) ? value.result : undefined;
  if (!result || !Array.isArray(result.records))
    throw new AskFault('malformed', 'its answer holds no records');
  const metadata = isObject(result.metadata) && isObject(result.metadata.grail) ? result.metadata.grail : {};
  return {
    records: result.records.filter(isObject),
    warnings: arrayOf(metadata.notifications)
      .filter(isObject)
      .filter((n) => String(n.severity).toUpperCase().startsWith('WARN'))
      .map((n) => String(n.message ?? n.notificationType)),
  };
}
