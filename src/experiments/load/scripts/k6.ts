import { comments, quoted, type ScriptLoad, type ScriptTool } from './observed-script.js';

/** k6, first and second major version: one scenario whose arrival rate follows the counts. */
export const k6: ScriptTool = {
  id: 'k6',
  file: 'load.js',
  use: 'BASE_URL=https://staging.example k6 run load.js',
  text: (load) => `${comments([
    ...load.seen,
    'BASE_URL names a system that you may load. SCALE multiplies the rate, SPEED plays it faster: SCALE=0.01 is a smoke test.',
    'Within a stretch k6 spaces arrivals evenly: bursts shorter than a stretch are not in this script.',
  ])}
import { check } from 'k6';
import http from 'k6/http';

const BASE_URL = __ENV.BASE_URL || ${quoted(load.target)};
const SCALE = Number(__ENV.SCALE || 1);
const SPEED = Number(__ENV.SPEED || 1);
/** Requests of each stretch, and its seconds. */
const COUNTS = [${load.counts.join(', ')}];
const STRETCH = ${load.stretchSeconds};
const MIX = [
${load.requests.map(requestOf).join('\n')}
];
/** Users at the highest rate when a request takes a second: with longer ones dropped_iterations says that they were too few. */
const USERS = Math.max(10, Math.ceil((Math.max(...COUNTS) / STRETCH) * SCALE * SPEED));

/** Arrivals of each stretch; what rounding leaves of one is added to the next. */
function targets() {
  let left = 0;
  return COUNTS.map((count) => {
    left += count * SCALE * SPEED;
    const whole = Math.round(left);
    left -= whole;
    return whole;
  });
}

export const options = {
  scenarios: {
    observed: {
      executor: 'ramping-arrival-rate',
      startRate: targets()[0],
      timeUnit: STRETCH + 's',
      preAllocatedVUs: Math.ceil(USERS / 4),
      maxVUs: USERS,
      stages: targets().flatMap((target) => [
        { target, duration: '0s' },
        { target, duration: STRETCH / SPEED + 's' },
      ]),
    },
  },
  thresholds: {
${thresholds(load)}
  },
  summaryTrendStats: ['count', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'],
};

/**
 * An id from 1: the first ones more often, by the exponent that was seen.
 * @param {number} count
 * @param {number} exponent
 */
function key(count, exponent) {
  const flat = Math.abs(1 - exponent) < 1e-9;
  const top = flat ? Math.log(count + 1) : Math.pow(count + 1, 1 - exponent) - 1;
  const x = flat ? Math.exp(Math.random() * top) : Math.pow(1 + Math.random() * top, 1 / (1 - exponent));
  return String(Math.min(count, Math.floor(x)));
}

function draw() {
  let at = Math.random();
  for (const request of MIX) {
    at -= request.share;
    if (at < 0) return request;
  }
  return MIX[0];
}

export default function () {
  const request = draw();
  const id = request.keys > 0 ? key(request.keys, request.zipf) : '';
  const body = request.body === null ? null : request.body.replace('{key}', id).padEnd(request.bytes, 'x');
  const response = http.request(request.method, BASE_URL + request.path.replace('{key}', id), body, {
    headers: body === null ? {} : { 'Content-Type': 'application/json' },
    tags: { name: request.name },
  });
  check(response, { 'status is below 400': (r) => r.status > 0 && r.status < 400 });
}
`,
};

const requestOf = (r: ScriptLoad['requests'][number]): string =>
  `  { name: ${quoted(r.name)}, share: ${r.share}, method: ${quoted(r.method)}, path: ${quoted(r.path)}, keys: ${r.keys?.count ?? 0}, zipf: ${r.keys?.zipf ?? 0}, body: ${r.body === undefined ? 'null' : quoted(r.body)}, bytes: ${r.bodyBytes} },`;

const thresholds = (load: ScriptLoad): string =>
  [
    ...(load.p99Ms === undefined ? [] : [`    http_req_duration: ['p(99)<${load.p99Ms}'],`]),
    `    http_req_failed: [{ threshold: 'rate<0.01', abortOnFail: true, delayAbortEval: '30s' }],`,
    '    // Dropped iterations make every percentile a lower bound: the run does not count.',
    `    dropped_iterations: ['count<' + Math.max(1, COUNTS.reduce((a, b) => a + b, 0) * SCALE * 0.01)],`,
  ].join('\n');
