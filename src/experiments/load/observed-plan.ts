import { stringify } from 'yaml';
import type { ObservedLoad } from './observe.js';
import { type LoadPlan, planSchema } from './plan.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A plan that plays what was seen again: the same counts over time, mix, key popularity and body sizes. */
export function planOfObserved(load: ObservedLoad, target: string): LoadPlan {
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
  });
}

/** The plan as YAML, with what was seen in front. */
export function planText(plan: LoadPlan, load: ObservedLoad): string {
  const think =
    load.thinkTimeMs === undefined
      ? ''
      : `, ${Math.round(load.thinkTimeMs)} ms between requests of a client (median)`;
  const shape =
    load.dispersion > 1.5
      ? `arrivals come in bursts: ${load.dispersion.toFixed(1)} times the spread of independent users`
      : 'arrivals spread like those of independent users';
  const head = [
    `${load.requests} requests in ${load.seconds} s: ${load.meanRate.toFixed(1)} a second, ${load.peakRate} in the highest second${think}`,
    shape,
    'speed plays it faster, scale multiplies the rate; target must be a system that you may load',
  ];
  return `${head.map((l) => `# ${l}`).join('\n')}\n${stringify(plan, { flowCollectionPadding: true, lineWidth: 120 })}`;
}
