import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Segment } from './segments.js';

export interface KeepLimits {
  bytes: number;
  ms: number;
}

const MS_PER_DAY = 86_400_000;
export const daysMs = (days: number): number => days * MS_PER_DAY;

/** Which segments are over their time, and which are the oldest beyond the size. `segments` are the oldest first. */
export function overdue(segments: readonly Segment[], limits: KeepLimits, nowMs: number): Segment[] {
  let bytes = segments.reduce((sum, s) => sum + s.bytes, 0);
  const out: Segment[] = [];
  for (const segment of segments) {
    if (bytes <= limits.bytes && nowMs - segment.fromMs <= limits.ms) break;
    out.push(segment);
    bytes -= segment.bytes;
  }
  return out;
}

export async function remove(folder: string, segments: readonly Segment[]): Promise<void> {
  for (const s of segments)
    await unlink(join(folder, s.name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
}
