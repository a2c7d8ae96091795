import { constant, type DeliverableEntry, join, say, type Text } from '../../domain/index.js';
import { comment, digits, literal } from '../text.js';
import { type LoadClass, type LoadModel, loadModel } from './model.js';

const SETTLE = constant(
  'load.settle',
  300,
  's',
  'Kneepoint: five minutes for caches, pools and compilers to settle',
);
const HOLD = constant(
  'load.hold',
  900,
  's',
  'Kneepoint: fifteen minutes hold a p99 still at a few hundred requests a second',
);
const SPARE_USERS = constant(
  'load.spareUsers',
  1.5,
  'factor',
  'Kneepoint: head room over Little’s law, so that slow responses do not lower the offered rate',
);
const HOT_KEYS = constant(
  'load.zipf',
  1.1,
  'none',
  'Breslau et al., Web Caching and Zipf-like Distributions, 1999: exponents near one',
);
const KEYS = constant('load.keys', 10_000, 'count', 'Kneepoint: set KEYS to the number of ids your data has');
const DROPPED = constant(
  'load.dropped',
  0.01,
  'ratio',
  'Kneepoint: above one in a hundred the generator, not the service, sets the rate',
);

/** A k6 script with arrival rates (open model): slow responses do not lower the offered load. */
export default {
  id: 'load/k6',
  about: 'a k6 script: arrival rates by class, burst shape, thresholds from the targets',
  make(result, context) {
    const model = loadModel(context);
    if (!model) return [];
    const uses = context.tools.some((t) => t.product === 'k6');
    const others = context.tools.some((t) => t.roles.includes('load') && t.product !== 'k6');
    if (others && !uses) return [];
    return [
      {
        id: 'load/k6',
        path: 'load/k6.js',
        kind: 'load',
        stack: 'k6',
        language: 'javascript',
        title: say`Load test of ${{ name: result.case.appName }} for k6`,
        use: say`BASE_URL=https://staging.example k6 run load/k6.js`,
        text: script(model, result.case.appName),
      },
    ];
  },
} satisfies DeliverableEntry;

function script(model: LoadModel, app: string): Text {
  const from = model.steady ?? model.peak;
  const start = (c: LoadClass): Text =>
    say`Math.max(1, Math.round(${digits(c.share)} * ${digits(from)} * RATE))`;
  const users = model.users
    ? say`Math.ceil(${digits(model.users)} * ${digits(SPARE_USERS)} * RATE)`
    : say`Math.ceil(${digits(model.target)} * RATE)`;
  const scenarios = model.classes.map(
    (c) => say`    ${c.key}: {
      executor: 'ramping-arrival-rate',
      exec: ${literal(c.key)},
      startRate: ${start(c)},
      timeUnit: '1s',
      preAllocatedVUs: Math.max(2, Math.ceil(USERS * ${digits(c.share)})),
      maxVUs: Math.max(4, Math.ceil(USERS * ${digits(c.share)}) * 2),
      stages: [
        { target: ${start(c)}, duration: seconds(${digits(SETTLE)}) },
        { target: Math.max(1, Math.round(${digits(c.rate)} * RATE)), duration: seconds(${digits(model.ramp)}) },
        { target: Math.max(1, Math.round(${digits(c.rate)} * RATE)), duration: seconds(${digits(HOLD)}) },
        { target: ${start(c)}, duration: seconds(${digits(model.ramp)}) },
      ],
    },`,
  );
  const functions = model.classes.map((c) => requestFunction(c));
  return say`// Load test of ${comment(app)}: open model (arrival rates), so that slow responses do not lower the offered load.
// BASE_URL names a system that you may load. RATE and TIME scale the run: RATE=0.01 TIME=0.01 is a smoke test.
import http from 'k6/http';
import { check } from 'k6';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';
const RATE = Number(__ENV.RATE || 1);
const TIME = Number(__ENV.TIME || 1);
const KEYS = Number(__ENV.KEYS || ${digits(KEYS)});
const USERS = ${users};

/** @param {number} s */
function seconds(s) {
  return Math.max(1, Math.round(s * TIME)) + 's';
}

export const options = {
  scenarios: {
${join(scenarios, '\n')}
  },
  thresholds: {
${join(thresholds(model), '\n')}
  },
  summaryTrendStats: ['count', 'avg', 'med', 'p(95)', 'p(99)', 'max'],
};

/** Few keys take most requests, as in life: inverse transform of a Zipf-like law. */
function key() {
  const exponent = 1 / (1 - ${digits(HOT_KEYS)});
  const u = Math.random();
  const max = Math.pow(KEYS, 1 - ${digits(HOT_KEYS)});
  return Math.min(KEYS, Math.max(1, Math.floor(Math.pow(1 - u * (1 - max), exponent))));
}

/** @param {string} path */
function url(path) {
  return BASE_URL + path.replace(/:\\w+|\\{\\w+\\}/g, () => String(key()));
}

${join(functions, '\n\n')}
`;
}

function thresholds(model: LoadModel): Text[] {
  const lines: Text[] = [];
  if (model.p99)
    lines.push(
      say`    http_req_duration: ['p(99)<${digits(model.p99)}'${model.p95 ? say`, 'p(95)<${digits(model.p95)}'` : ''}],`,
    );
  else if (model.p95) lines.push(say`    http_req_duration: ['p(95)<${digits(model.p95)}'],`);
  lines.push(
    say`    http_req_failed: [{ threshold: 'rate<${digits(model.errors, 1, 6)}', abortOnFail: true, delayAbortEval: '30s' }],`,
  );
  lines.push(say`    // Dropped iterations make every percentile a lower bound.`);
  lines.push(
    say`    dropped_iterations: ['rate<' + String(Math.max(1, ${digits(model.target)} * RATE * ${digits(DROPPED)}))],`,
  );
  return lines;
}

function requestFunction(c: LoadClass): Text {
  const env = c.key.toUpperCase();
  const path = `__ENV.${env}_PATH || ${literal(c.path)}`;
  const body =
    c.method === 'POST'
      ? say`
  const body = __ENV.${env}_BODY || JSON.stringify({ id: key(), padding: 'x'.repeat(${c.payload ? digits(c.payload) : '0'}) });
  const response = http.post(url(${path}), body, {
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': String(__VU) + '-' + String(__ITER) },
    tags: { name: ${literal(c.key)} },
  });`
      : say`
  const response = http.get(url(${path}), { tags: { name: ${literal(c.key)} } });`;
  return say`export function ${c.key}() {${body}
  check(response, { 'status is below 400': (r) => r.status > 0 && r.status < 400 });
}`;
}
