import type { Settings } from '../../settings.js';

type Visit = { path: string; atMs: number; steps: { name: string; detail: string[] }[] };

const LATEST = 200;
let visits: Visit[] = [];

const visitOf = (path: string): Visit => ({
  path,
  atMs: performance.now(),
  steps: Array.from({ length: 500 }, (_, i) => ({
    name: `step ${i}`,
    detail: Array.from({ length: 12 }, (_, k) => `${path} ${i} ${k}`),
  })),
});

/** Remembers a request: for ever, or among the latest. Without a history what was remembered is let go. */
export function remember(path: string, how: Settings['visitHistory']): void {
  if (how === 'none') {
    if (visits.length > 0) visits = [];
    return;
  }
  visits.push(visitOf(path));
  if (how === 'latest' && visits.length > LATEST) visits = visits.slice(-LATEST / 2);
}
