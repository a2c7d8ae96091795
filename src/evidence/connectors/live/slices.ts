import type { TimeWindow } from '../source.js';

/** A window cut into equal parts, whole milliseconds each, so that samples are spread over all of it. */
export function slicesOf({ fromMs, toMs }: TimeWindow, count: number): { fromMs: number; toMs: number }[] {
  const parts = Math.max(1, Math.min(count, Math.floor(toMs - fromMs)));
  const edge = (i: number): number => fromMs + Math.floor(((toMs - fromMs) * i) / parts);
  return Array.from({ length: parts }, (_, i) => ({ fromMs: edge(i), toMs: edge(i + 1) }));
}

/** A whole number above zero of an option, or what is usual. */
export function countOption(text: string | undefined, usual: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value > 0 ? value : usual;
}
