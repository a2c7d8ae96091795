import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import { systemClock } from '../live/clock.js';
import { AskFault, type FaultKind } from '../live/fault.js';
import { type Answer, parseJson, type Question } from '../live/http.js';
import type { Asking } from '../source.js';

const MOST_WAIT_MS = 30_000;
const PROGRESS = 'queryProgress { queryId completed retryAfter retryDeadline }';
const START = `query ($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql, async: true, timeout: 20) { results ${PROGRESS} } } } }`;
const POLL = `query ($account: Int!, $id: ID!) { actor { account(id: $account) { nrqlQueryProgress(queryId: $id) { results ${PROGRESS} } } } }`;

const question = (query: string, variables: JsonObject): Question => ({
  method: 'POST',
  path: '/graphql',
  body: { query, variables },
});

/** What an error of GraphQL, which comes with a 200, means. */
function kindOf(error: JsonObject): FaultKind {
  const extensions = isObject(error.extensions) ? error.extensions : {};
  const said = `${String(extensions.errorClass ?? extensions.code ?? '')} ${String(error.message ?? '')}`;
  if (/api.?key|unauthenticated|unauthorized|not authorized to/i.test(said))
    return /key|unauthenticated/i.test(said) ? 'not-authorised' : 'forbidden';
  if (/access|permission|denied/i.test(said)) return 'forbidden';
  if (/rate|limit exceeded|too many/i.test(said)) return 'rate-limited';
  if (/timeout|timed out/i.test(said)) return 'too-slow';
  return 'bad-request';
}

/** The first error of an answer, as a fault; a part of the data may stand beside it and is not taken for the whole. */
export function errorIn(value: unknown): AskFault | undefined {
  const errors = isObject(value) ? arrayOf(value.errors).filter(isObject) : [];
  const [first] = errors;
  return (
    first &&
    new AskFault(
      kindOf(first),
      `it answered 200 with an error: ${String(first.message ?? '').slice(0, 200)}`,
      200,
    )
  );
}

interface State {
  results: readonly JsonObject[];
  queryId: string | undefined;
  waitMs: number;
}

function stateOf(answer: Answer): State {
  const value = parseJson(answer);
  const fault = errorIn(value);
  if (fault) throw fault;
  const data = isObject(value) && isObject(value.data) ? value.data : {};
  const actor = isObject(data.actor) ? data.actor : {};
  const account = isObject(actor.account) ? actor.account : undefined;
  const nrql = account?.nrql ?? account?.nrqlQueryProgress;
  if (!isObject(nrql)) throw new AskFault('malformed', 'its answer holds no result of the query');
  const progress = isObject(nrql.queryProgress) ? nrql.queryProgress : {};
  const running = progress.completed === false && typeof progress.queryId === 'string';
  return {
    results: arrayOf(nrql.results).filter(isObject),
    queryId: running ? String(progress.queryId) : undefined,
    waitMs: Math.max(100, (Number(progress.retryAfter) || 1) * 1000),
  };
}

/** The rows of an answer that is complete. */
export const rowsOf = (answer: Answer): readonly JsonObject[] => stateOf(answer).results;

/** Asks one NRQL query; a long one is asked for again until it is complete, as often as the server says. */
export async function nrql(asking: Asking, account: number, query: string): Promise<Answer> {
  let answer = await asking.client.ask(question(START, { account, nrql: query }));
  for (let state = stateOf(answer); state.queryId !== undefined; state = stateOf(answer)) {
    await systemClock.sleep(Math.min(state.waitMs, MOST_WAIT_MS), asking.signal);
    if (asking.signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
    answer = await asking.client.ask(question(POLL, { account, id: state.queryId }));
  }
  return answer;
}
