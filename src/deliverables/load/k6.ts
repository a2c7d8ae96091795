import { constant, type DeliverableEntry, type Fact, join, say, type Text } from '../../domain/index.js';
import { labelOf } from '../../readings/percentiles.js';
import { comment, digits, literal, whole } from '../text.js';
import { type LoadClass, type LoadModel, loadModel } from './model.js';
import { FULL_SCALE, PORT, SMOKE_SCALE } from './settings.js';

export const SETTLE = constant(
  'load.settle',
  300,
  's',
  'Kneepoint: five minutes for caches, pools and compilers to settle',
);
const SPARE_USERS = constant(
  'load.spareUsers',
  1.5,
  'factor',
  'Kneepoint: head room over Little’s law, so that slow responses do not lower the offered rate',
);
const EARLY_USERS = constant(
  'load.earlyUsers',
  0.25,
  'ratio',
  'Kneepoint: users made before the run; requests are mostly far faster than the limit, and k6 adds users up to the most',
);
const HOT_KEYS = constant(
  'load.zipf',
  1.1,
  'none',
  'Breslau et al., Web Caching and Zipf-like Distributions, 1999: exponents near one',
);
export const KEYS = constant(
  'load.keys',
  10_000,
  'count',
  'Kneepoint: set KEYS to the number of ids your data has',
);
export const DROPPED = constant(
  'load.dropped',
  0.01,
  'ratio',
  'Kneepoint: above one in a hundred the generator, not the service, sets the rate',
);
const ABORT_AFTER = constant(
  'load.abortAfter',
  30,
  's',
  'Kneepoint: long enough for a restart, short enough to spare a system that fails',
);

/** A k6 script with arrival rates (open model): slow responses do not lower the offered load. */
export default {
  id: 'load/k6',
  about: 'a k6 script: arrival rates by class, burst shape, thresholds from the targets',
  make(result, context) {
    const model = loadModel(context);
    if (!model) return [];
    const others = context.tools
      .filter((t) => t.roles.includes('load') && t.product !== 'k6')
      .map((t) => comment(t.name));
    return [
      {
        id: 'load/k6',
        path: 'load/k6.js',
        kind: 'load',
        stack: 'k6',
        language: 'javascript',
        title: say`Load test of ${{ name: result.case.appName || context.app.name }} for k6`,
        use: say`BASE_URL=https://staging.example k6 run load/k6.js`,
        text: script(model, result.case.appName || context.app.name, others),
      },
    ];
  },
} satisfies DeliverableEntry;

function script(model: LoadModel, app: string, others: string[]): Text {
  const word =
    others.length > 0
      ? `\n// The case names ${others.join(', ')}: take the rates, shares and limits below over to it, with an arrival rate\n// (Gatling: rampUsersPerSec, JMeter: Open Model Thread Group, Locust: only with constant_throughput and enough users).`
      : '';
  const users = model.users
    ? say`Math.ceil(${whole(model.users)} * ${digits(SPARE_USERS)} * RATE)`
    : say`Math.ceil(${whole(model.target)} * RATE)`;
  return say`// Load test of ${comment(app)}: open model (arrival rates), so that slow responses do not lower the offered load.
// BASE_URL names a system that you may load. RATE and TIME scale the run: RATE=${digits(SMOKE_SCALE)} TIME=${digits(SMOKE_SCALE)} is a smoke test.
// Before the run: dependencies that you may not load answer from stubs with recorded latencies.${word}
${model.grpc ? "import grpc from 'k6/net/grpc';" : "import http from 'k6/http';"}
import { check } from 'k6';

const BASE_URL = __ENV.BASE_URL || '${model.grpc ? '' : 'http://'}127.0.0.1:${digits(PORT)}';
const RATE = Number(__ENV.RATE || ${digits(FULL_SCALE)});
const TIME = Number(__ENV.TIME || ${digits(FULL_SCALE)});
const KEYS = Number(__ENV.KEYS || ${whole(KEYS)});
const USERS = ${users};

/** @param {number} s */
function seconds(s) {
  return Math.max(1, Math.round(s * TIME)) + 's';
}

/** @param {number} perSecond */
function rate(perSecond) {
  return Math.max(1, Math.round(perSecond * RATE));
}

export const options = {
  scenarios: {
${join(
  model.classes.map((c) => scenario(c, model)),
  '\n',
)}
  },
  thresholds: {
${join(thresholds(model), '\n')}
  },
  summaryTrendStats: ['count', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'],
};

${keyFunction(model)}
${model.grpc ? grpcHead() : httpHead()}
${join(
  model.classes.map((c) => (model.grpc ? grpcFunction(c) : requestFunction(c))),
  '\n\n',
)}
`;
}

const scenario = (c: LoadClass, model: LoadModel): Text => say`    ${c.key}: {
      executor: 'ramping-arrival-rate',
      exec: '${c.key}',
      startRate: rate(${whole(c.startRate)}),
      timeUnit: '1s',
      preAllocatedVUs: Math.max(2, Math.ceil(USERS * ${digits(c.share, 1, 6)} * ${digits(EARLY_USERS)})),
      maxVUs: Math.max(4, Math.ceil(USERS * ${digits(c.share, 1, 6)})),
      stages: [
        { target: rate(${whole(c.startRate)}), duration: seconds(${whole(SETTLE)}) },
        { target: rate(${whole(c.rate)}), duration: seconds(${whole(model.ramp)}) },
        { target: rate(${whole(c.rate)}), duration: seconds(${whole(model.hold)}) },
        { target: rate(${whole(c.startRate)}), duration: seconds(${whole(model.ramp)}) },
      ],
    },`;

/** Thresholds of the whole, and the same per scenario: a class of a fifth can fail while the whole passes. */
function thresholds(model: LoadModel): Text[] {
  const duration = model.grpc ? 'grpc_req_duration' : 'http_req_duration';
  const limitOf = (f: Fact): Text => say`'p(${percent(f)})<${digits(f)}'`;
  const ofAll = oneEach(model.limits.filter((f) => isOfAll(f, model)));
  const lines: Text[] = [];
  if (ofAll.length > 0) {
    lines.push(say`    ${duration}: [${join(ofAll.map(limitOf), ', ')}],`);
    // Per class the same limits hold: the case states no others.
    if (model.classes.length > 1)
      for (const c of model.classes)
        lines.push(
          say`    '${duration}{scenario:${c.key}}': [${join(oneEach([...ownLimits(c, model), ...ofAll]).map(limitOf), ', ')}],`,
        );
  } else
    for (const c of model.classes) {
      const own = oneEach(ownLimits(c, model));
      if (own.length > 0)
        lines.push(say`    '${duration}{scenario:${c.key}}': [${join(own.map(limitOf), ', ')}],`);
    }
  lines.push(
    model.grpc
      ? say`    checks: [{ threshold: 'rate>' + (1 - ${digits(model.errors, 1, 6)}), abortOnFail: true, delayAbortEval: seconds(${digits(ABORT_AFTER)}) }],`
      : say`    http_req_failed: [{ threshold: 'rate<${digits(model.errors, 1, 6)}', abortOnFail: true, delayAbortEval: seconds(${digits(ABORT_AFTER)}) }],`,
  );
  lines.push(say`    // Dropped iterations make every percentile a lower bound: the run does not count.`);
  lines.push(
    say`    dropped_iterations: ['rate<' + Math.max(1, rate(${whole(model.target)}) * ${digits(DROPPED)})],`,
  );
  return lines;
}

const percent = (f: Fact): string => labelOf(f.name).replace(/^p/, '');
const isOfAll = (f: Fact, model: LoadModel): boolean =>
  f.subject.kind !== 'operation' || model.classes.length === 1;

/** One limit a percentile: the first, which is the more specific. */
function oneEach(facts: readonly Fact[]): Fact[] {
  const by = new Map<string, Fact>();
  for (const f of facts) if (!by.has(f.name)) by.set(f.name, f);
  return [...by.values()];
}

/** Limits of an operation belong to the class that is called like it. */
const ownLimits = (c: LoadClass, model: LoadModel): Fact[] =>
  model.limits.filter(
    (f) =>
      f.subject.kind === 'operation' &&
      (f.subject.id === c.subject.id || alike(f.subject.name, c.subject.name)),
  );

/** "reservation" and "reservations", "PostEntry" and "postings", "GetBalance" and "balance reads". */
function alike(a: string, b: string): boolean {
  const words = (text: string): string[] =>
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .map((w) => w.replace(/(?:ings?|s)$/, ''))
      .filter((w) => w.length > 3);
  const own = words(b);
  return words(a).some((w) => own.includes(w));
}

const keyFunction = (model: LoadModel): Text =>
  model.hot
    ? say`/** A few ids take most requests, as the case says. */
function key() {
  const hot = Math.max(1, Math.round(KEYS * ${digits(model.hot.members, 1, 6)}));
  return Math.random() < ${digits(model.hot.share)}
    ? 1 + Math.floor(Math.random() * hot)
    : 1 + hot + Math.floor(Math.random() * Math.max(1, KEYS - hot));
}
`
    : say`/** Few ids take most requests, as in life: inverse transform of a Zipf-like law. */
function key() {
  const exponent = 1 / (1 - ${digits(HOT_KEYS)});
  const u = Math.random();
  const max = Math.pow(KEYS, 1 - ${digits(HOT_KEYS)});
  return Math.min(KEYS, Math.max(1, Math.floor(Math.pow(1 - u * (1 - max), exponent))));
}
`;

const httpHead = (): Text => say`/** @param {string} path */
function url(path) {
  return BASE_URL + path.replace(/:\\w+|\\{\\w+\\}/g, () => String(key()));
}

/**
 * A body given by the environment: {id} stands for an id, {unique} for a text that no other request has.
 * @param {string} body
 */
function filled(body) {
  return body.replace(/\\{id\\}/g, () => String(key())).replace(/\\{unique\\}/g, () => __VU + '-' + __ITER + '-' + Date.now());
}
`;

function requestFunction(c: LoadClass): Text {
  const env = c.key.toUpperCase();
  const path = `__ENV.${env}_PATH || ${literal(c.path)}`;
  const body =
    c.method === 'POST'
      ? say`
  const body = __ENV.${env}_BODY ? filled(__ENV.${env}_BODY) : JSON.stringify({ id: key()${c.payload ? say`, padding: 'x'.repeat(${whole(c.payload)})` : ''} });
  const response = http.post(url(${path}), body, {
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': __VU + '-' + __ITER + '-' + Date.now() },
    tags: { name: '${c.key}' },
  });`
      : say`
  const response = http.get(url(${path}), { tags: { name: '${c.key}' } });`;
  return say`export function ${c.key}() {${body}
  check(response, { 'status is below 400': (r) => r.status > 0 && r.status < 400 });
}`;
}

const grpcHead = (): Text => say`const client = new grpc.Client();
let connected = false;

/** The server has reflection switched on, or load the .proto with client.load() instead. */
function connect() {
  if (!connected) client.connect(BASE_URL, { plaintext: __ENV.TLS !== '1', reflect: true });
  connected = true;
}
`;

function grpcFunction(c: LoadClass): Text {
  const env = c.key.toUpperCase();
  return say`/** ${env}_METHOD is package.Service/Method; ${env}_BODY its request as JSON, {id} standing for an id. */
export function ${c.key}() {
  connect();
  const body = JSON.parse((__ENV.${env}_BODY || '{"id":"{id}"}').replace(/\\{id\\}/g, () => String(key())));
  const response = client.invoke(__ENV.${env}_METHOD || 'package.Service/${c.key}', body);
  check(response, { 'status is OK': (r) => r.status === grpc.StatusOK });
}`;
}
