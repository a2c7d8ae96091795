import { comments, quoted, type ScriptRequest, type ScriptTool } from './observed-script.js';

/** Gatling's TypeScript SDK: a scenario a route, users injected at the route's part of the counts. */
export const gatlingTypescript: ScriptTool = {
  id: 'gatling-typescript',
  file: 'load.gatling.ts',
  use: 'npx gatling run --typescript --simulation load BASE_URL=https://staging.example',
  text: (load) => `${comments([
    ...load.seen,
    'BASE_URL names a system that you may load. SCALE multiplies the rate, SPEED plays it faster: SCALE=0.01 is a smoke test.',
  ])}
import {
  type OpenInjectionStep,
  StringBody,
  constantUsersPerSec,
  details,
  getParameter,
  global,
  nothingFor,
  scenario,
  simulation,
} from '@gatling.io/core';
import { http, status } from '@gatling.io/http';

const SCALE = Number(getParameter('SCALE', '1'));
const SPEED = Number(getParameter('SPEED', '1'));
/** Requests of each stretch, and its seconds. */
const COUNTS = [${load.counts.join(', ')}];
const STRETCH = ${load.stretchSeconds};

/** Gatling counts the users of whole seconds: so many stretches make a step. */
const EACH = Math.max(1, Math.ceil(SPEED / STRETCH));

/**
 * Injection of a share of the requests: spread within each step as independent users are. Gatling injects whole users: what
 * rounding leaves of one step is added to the next.
 */
function arrivals(share: number): OpenInjectionStep[] {
  const steps: OpenInjectionStep[] = [];
  let left = 0;
  for (let i = 0; i < COUNTS.length; i += EACH) {
    const part = COUNTS.slice(i, i + EACH);
    const length = { amount: Math.max(1, Math.round((part.length * STRETCH) / SPEED)), unit: 'seconds' } as const;
    left += part.reduce((a, b) => a + b, 0) * share * SCALE;
    const users = Math.round(left);
    left -= users;
    steps.push(
      users > 0 ? constantUsersPerSec(users / length.amount).during(length).randomized() : nothingFor(length),
    );
  }
  return steps;
}

/** An id from 1: the first ones more often, by the exponent that was seen. */
function key(count: number, exponent: number): number {
  const flat = Math.abs(1 - exponent) < 1e-9;
  const top = flat ? Math.log(count + 1) : Math.pow(count + 1, 1 - exponent) - 1;
  const x = flat ? Math.exp(Math.random() * top) : Math.pow(1 + Math.random() * top, 1 / (1 - exponent));
  return Math.min(count, Math.floor(x));
}

export default simulation((setUp) => {
  const protocol = http
    .baseUrl(getParameter('BASE_URL', ${quoted(load.target)}))
    .contentTypeHeader('application/json');
${load.requests.map(scenarioOf).join('\n')}

  setUp(
${load.requests.map((r, i) => `    route${i}.injectOpen(...arrivals(${r.share})),`).join('\n')}
  )
    .protocols(protocol)
    .assertions(
${[
  ...(load.p99Ms === undefined
    ? []
    : [
        `      global().responseTime().percentile(99.0).lt(${Math.round(load.p99Ms)}),`,
        ...load.requests.map(
          (r) =>
            `      details(${quoted(r.name)}).responseTime().percentile(99.0).lt(${Math.round(load.p99Ms ?? 0)}),`,
        ),
      ]),
  '      global().failedRequests().percent().lt(1.0),',
].join('\n')}
    );
});
`,
};

function scenarioOf(r: ScriptRequest, index: number): string {
  const keyed = r.keys
    ? `\n    .exec((session) => session.set('key', key(${r.keys.count}, ${r.keys.zipf})))`
    : '';
  const body =
    r.body === undefined ? '' : `.body(StringBody(${quoted(withKey(r.body))}.padEnd(${r.bodyBytes}, 'x')))`;
  return `  const route${index} = scenario(${quoted(r.name)})${keyed}
    .exec(http(${quoted(r.name)}).httpRequest(${quoted(r.method)}, ${quoted(withKey(r.path))})${body}.check(status().lt(400)));`;
}

/** A text with Gatling's own expression for the id. */
export const withKey = (text: string): string => text.replaceAll('#{', '# {').replaceAll('{key}', '#{key}');
