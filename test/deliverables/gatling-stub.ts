import { build } from 'esbuild';

/** What a Gatling simulation asks for: scenarios with their requests, arrivals, assertions. */
export interface Asked {
  baseUrl: string;
  scenarios: {
    name: string;
    requests: { name: string; method: string; path: string; body?: string }[];
    arrivals: { from: number; to: number; seconds: number }[];
  }[];
  assertions: string[];
}

/** Gatling’s modules as far as scripts use them: every call is written down, and session functions run once. */
const STUB = `
export const asked = { baseUrl: '', scenarios: [], assertions: [] };
export const getParameter = (name, otherwise) => globalThis.__parameters?.[name] ?? otherwise;
export const StringBody = (text) => ({ text });
const filled = (text, session) => text.replace(/#\\{(\\w+)\\}/g, (_, k) => {
  if (!(k in session)) throw new Error('no ' + k + ' in the session');
  return String(session[k]);
});
const sessionOf = (values) => ({ set: (k, v) => sessionOf({ ...values, [k]: v }), get: (k) => values[k], values });
export const scenario = (name) => {
  const made = { name, requests: [], arrivals: [] };
  let session = sessionOf({});
  const chain = {
    exec(step) {
      if (typeof step === 'function') session = step(session);
      else made.requests.push({
        name: step.name, method: step.method, path: filled(step.path, session.values),
        ...(step.sent === undefined ? {} : { body: filled(step.sent, session.values) }),
      });
      return chain;
    },
    injectOpen(...stretches) {
      made.arrivals = stretches.map((s) => s.stretch);
      return made;
    },
  };
  return chain;
};
const secondsOf = (amount, unit) => {
  const size = { seconds: 1, milliseconds: 0.001 }[unit];
  if (!size) throw new Error('no unit of time: ' + unit);
  return amount * size;
};
export const nothingFor = ({ amount, unit }) => ({ stretch: { from: 0, to: 0, seconds: secondsOf(amount, unit) } });
const during = (from, to) => ({
  during: ({ amount, unit }) => {
    const stretch = { from, to, seconds: secondsOf(amount, unit) };
    return { stretch, randomized: () => ({ stretch }) };
  },
});
export const constantUsersPerSec = (rate) => during(rate, rate);
export const rampUsersPerSec = (from) => ({ to: (to) => during(from, to) });
const metric = (scope) => {
  const lt = (words) => ({ lt: (limit) => scope + words + ' < ' + limit });
  return {
    responseTime: () => ({ percentile: (p) => lt(' p' + p) }),
    failedRequests: () => ({ percent: () => lt(' failed %') }),
  };
};
export const global = () => metric('all');
export const details = (name) => metric(name);
export const simulation = (define) => {
  define((...scenarios) => {
    asked.scenarios = scenarios;
    const chain = {
      protocols(p) { asked.baseUrl = p.url; return chain; },
      assertions(...a) { asked.assertions = a; return chain; },
    };
    return chain;
  });
  return asked;
};
const request = (name) => {
  const of = (method) => (path) => {
    const step = { name, method, path, body(b) { step.sent = b.text; return step; }, check: () => step };
    return step;
  };
  return { get: of('GET'), post: of('POST'), httpRequest: (method, path) => of(method)(path) };
};
export const http = Object.assign(request, {
  baseUrl: (url) => ({ url, contentTypeHeader: () => ({ url }) }),
});
export const status = () => ({ lt: (n) => n });
`;

/** Runs a simulation in TypeScript against the stub. Throws as the script does. */
export async function runGatling(script: string, parameters: Record<string, string> = {}): Promise<Asked> {
  const { outputFiles } = await build({
    stdin: { contents: script, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'simulationOf',
    logLevel: 'silent',
    plugins: [
      {
        name: 'stub',
        setup(b) {
          b.onResolve({ filter: /^@gatling\.io\// }, () => ({ path: 'stub', namespace: 'gatling' }));
          b.onLoad({ filter: /.*/, namespace: 'gatling' }, () => ({ contents: STUB, loader: 'js' }));
        },
      },
    ],
  });
  const code = outputFiles[0]?.text ?? '';
  return new Function('globalThis', `${code}\nreturn simulationOf.default;`)({
    __parameters: parameters,
  }) as Asked;
}
