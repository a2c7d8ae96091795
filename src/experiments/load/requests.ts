import type { Random } from '../../models/random.js';
import type { LoadRequest } from './plan.js';

/** One request to send: which of the mix, and with its data. */
export interface Drawn {
  index: number;
  path: string;
  body: string | undefined;
}

/** Draws requests by the weights of the mix, and keys by their popularity. The same random numbers give the same requests. */
export function drawer(mix: readonly LoadRequest[], random: Random): () => Drawn {
  let sum = 0;
  const upTo = mix.map((r) => {
    sum += r.weight;
    return sum;
  });
  const keys = mix.map((r) => (r.keys ? zipfKey(r.keys.count, r.keys.zipf, random) : undefined));
  const bodies = mix.map(fullBody);
  return () => {
    const at = random() * sum;
    let index = 0;
    while (index < mix.length - 1 && at >= (upTo[index] as number)) index++;
    const request = mix[index] as LoadRequest;
    const key = keys[index]?.();
    const fill = (text: string): string => (key === undefined ? text : text.replaceAll('{key}', String(key)));
    const body = bodies[index];
    return { index, path: fill(request.path), body: body === undefined ? undefined : fill(body) };
  };
}

function fullBody(request: LoadRequest): string | undefined {
  if (request.bodyBytes === undefined) return request.body;
  const start = request.body ?? '';
  return start + 'x'.repeat(Math.max(0, request.bodyBytes - start.length));
}

/**
 * Keys 1..count with a chance proportional to 1 / key^exponent: inverse transform of the continuous law, close to the
 * discrete one beyond the first keys. Exponent 0 is even.
 */
function zipfKey(count: number, exponent: number, random: Random): () => number {
  const flat = Math.abs(1 - exponent) < 1e-9;
  const top = flat ? Math.log(count + 1) : (count + 1) ** (1 - exponent) - 1;
  return () => {
    const u = random();
    const x = flat ? Math.exp(u * top) : (1 + u * top) ** (1 / (1 - exponent));
    return Math.min(count, Math.floor(x));
  };
}
