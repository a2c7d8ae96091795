import { build } from 'esbuild';

export interface K6Request {
  method: string;
  url: string;
  body?: string;
  name?: string;
}
export interface K6Run {
  options: {
    scenarios: Record<
      string,
      {
        executor: string;
        exec?: string;
        startRate: number;
        preAllocatedVUs: number;
        maxVUs: number;
        stages: { target: number; duration: string }[];
      }
    >;
    thresholds: Record<string, (string | { threshold: string })[]>;
    summaryTrendStats: string[];
  };
  /** What each scenario’s function sent, run `times` times. */
  sent: Record<string, K6Request[]>;
  checks: { passed: number; failed: number };
}

/** k6’s modules as far as scripts use them: requests are written down and answered. */
const STUB = `
const record = globalThis.__record;
const answer = (method, url, body, params) => {
  record.sent.push({ method, url, ...(body == null ? {} : { body }), name: params?.tags?.name });
  return { status: record.status };
};
const http = {
  get: (url, params) => answer('GET', url, undefined, params),
  post: (url, body, params) => answer('POST', url, body, params),
  request: (method, url, body, params) => answer(method, url, body, params),
};
class Client {
  connect(url) { this.url = url; }
  invoke(method, body) { return answer('gRPC', this.url + ' ' + method, JSON.stringify(body)); }
}
export default Object.assign(http, { Client, StatusOK: 200 });
export const check = (value, checks) => {
  for (const test of Object.values(checks)) record.checks[test(value) ? 'passed' : 'failed']++;
};
`;

/** Runs the functions of a k6 script against the stub. Throws as the script does. */
export async function runK6(
  script: string,
  env: Record<string, string>,
  { times = 20, status = 200 } = {},
): Promise<K6Run> {
  const { outputFiles } = await build({
    stdin: { contents: script, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'script',
    logLevel: 'silent',
    plugins: [
      {
        name: 'stub',
        setup(b) {
          b.onResolve({ filter: /^k6(\/|$)/ }, () => ({ path: 'stub', namespace: 'k6' }));
          b.onLoad({ filter: /.*/, namespace: 'k6' }, () => ({ contents: STUB, loader: 'js' }));
        },
      },
    ],
  });
  const record = { sent: [] as K6Request[], checks: { passed: 0, failed: 0 }, status };
  const code = outputFiles[0]?.text ?? '';
  const module = new Function('globalThis', '__ENV', '__VU', '__ITER', `${code}\nreturn script;`)(
    { __record: record },
    env,
    1,
    0,
  ) as { options: K6Run['options'] } & Record<string, unknown>;
  const sent: Record<string, K6Request[]> = {};
  for (const [name, scenario] of Object.entries(module.options.scenarios)) {
    const exec = scenario.exec ?? 'default';
    const run = module[exec];
    if (typeof run !== 'function') throw new Error(`${name}: the script exports no ${exec}`);
    record.sent = [];
    for (let i = 0; i < times; i++) run();
    sent[name] = record.sent;
  }
  return { options: module.options, sent, checks: record.checks };
}
