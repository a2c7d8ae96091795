import { stringify } from 'yaml';
import type { ObservedLoad } from './observe.js';
import { type LoadPlan, planSchema } from './plan.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A plan that plays what was seen again: the same counts over time, mix, key popularity and body sizes. */
export function planOfObserved(load: ObservedLoad, target: string, p99Ms?: number): LoadPlan {
  const requests = load.mix.flatMap((r) => {
    const method = METHODS.find((m) => m === r.method);
    if (!method) return [];
    return [
      {
        name: `${r.method} ${r.path}`.slice(0, 200),
        weight: Number(r.share.toFixed(4)),
        method,
        path: r.path,
        ...(r.keys ? { keys: r.keys } : {}),
        ...(r.bodyBytes && method !== 'GET' && method !== 'HEAD'
          ? { body: '{}', bodyBytes: r.bodyBytes }
          : {}),
      },
    ];
  });
  return planSchema.parse({
    name: 'as observed',
    target,
    arrivals: { process: 'poisson', replay: { counts: load.counts, bucketSeconds: load.bucketSeconds } },
    requests: requests.length > 0 ? requests : [{ name: 'GET /', path: '/' }],
    ...(p99Ms === undefined ? {} : { slo: { p99Ms } }),
  });
}

/** The plan as YAML, with what was seen in front. */
export function planText(plan: LoadPlan, load: ObservedLoad): string {
  const head = [
    ...seenOf(load),
    'speed plays it faster, scale multiplies the rate; target must be a system that you may load',
  ];
  return `${head.map((l) => `# ${l}`).join('\n')}\n${stringify(plan, { flowCollectionPadding: true, lineWidth: 120 })}`;
}

/** What was seen, in sentences of numbers: nothing of it is a text of the evidence. */
export function seenOf(load: ObservedLoad): string[] {
  const think =
    load.thinkTimeMs === undefined
      ? ''
      : `, ${Math.round(load.thinkTimeMs)} ms between requests of a client (median)`;
  const bySecond = load.dispersion !== undefined || load.sampledShare !== undefined;
  const highest =
    bySecond || load.bucketSeconds === 1 ? 'the highest second' : `the highest ${load.bucketSeconds} s`;
  const shape =
    load.sampledShare !== undefined
      ? `traces are a sample, ${(100 * load.sampledShare).toPrecision(2)} % of the requests that metrics count: mix and ids are of the sample, rates of all`
      : load.dispersion === undefined
        ? 'how arrivals spread within a second, which ids they name and how large they are is not known from counts'
        : load.dispersion > 1.5
          ? `arrivals come in bursts: ${load.dispersion.toFixed(1)} times the spread of independent users`
          : 'arrivals spread like those of independent users';
  return [
    `${load.requests} requests in ${Math.round(load.seconds)} s: ${load.meanRate.toFixed(1)} a second, ${load.peakRate.toFixed(bySecond ? 0 : 1)} in ${highest}${think}`,
    shape,
  ];
}
