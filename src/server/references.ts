import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ToolFault } from '../mcp/fault.js';
import type { Roots } from '../mcp/roots.js';
import { Denied } from './denied.js';
import type { Segment } from './otlp/segments.js';

const id = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** What a request may name in place of a path: no path of the machine ever comes from the network. */
export const referenceSchema = z.union([
  /** A file or folder below a root that was named when the server was started. */
  z.strictObject({ root: z.string().min(1).max(1000) }),
  /** What was uploaded before. */
  z.strictObject({ upload: id }),
  /** A text, such as a case. */
  z.strictObject({ text: z.string().max(1_000_000) }),
  /** The result of an investigation of this server. */
  z.strictObject({ investigation: id }),
  /** Telemetry that was received in this time, by the clock of the server. */
  z.strictObject({ received: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }) }),
]);
export type Reference = z.infer<typeof referenceSchema>;

export interface Places {
  roots: Roots;
  uploads: string;
  investigations: string;
  received: string;
  /** Closed segments, the oldest first. */
  sealed(): Promise<Segment[]>;
}

/** The paths that a reference means. `own` is the folder of the one who asks, for texts. */
export async function pathsOf(
  reference: Reference,
  places: Places,
  own: string,
  number: number,
): Promise<string[]> {
  if ('root' in reference) return [belowRoot(reference.root, places.roots)];
  if ('upload' in reference) return [join(places.uploads, reference.upload)];
  if ('investigation' in reference)
    return [join(places.investigations, reference.investigation, 'result.json')];
  if ('text' in reference) {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const path = join(own, `text-${number}.txt`);
    writeFileSync(path, reference.text, { mode: 0o600 });
    return [path];
  }
  return received(reference.received, places);
}

function belowRoot(path: string, roots: Roots): string {
  try {
    return roots.find(path);
  } catch (error) {
    if (error instanceof ToolFault) throw new Denied(400, error.what.concat(' ', error.todo));
    throw error;
  }
}

/** Segments whose time touches the window: one lasts until the next of its signal and encoding began. */
async function received({ from, to }: { from: string; to: string }, places: Places): Promise<string[]> {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const all = await places.sealed();
  const paths = all
    .filter((s, i) => {
      const next = all.slice(i + 1).find((n) => n.signal === s.signal && n.encoding === s.encoding);
      return s.fromMs <= toMs && (next?.fromMs ?? Number.POSITIVE_INFINITY) >= fromMs;
    })
    .map((s) => join(places.received, s.name));
  if (paths.length === 0) throw new Denied(400, 'Nothing was received in this time.');
  return paths;
}
