import { join, LAYERS, type Layer, type NumberSegment, name, say, type Text } from '../../domain/index.js';
import type { Parts } from '../parts.js';
import { isSignOf, settles, type Watch, watchesOf } from '../signals/index.js';
import { sentence } from '../text.js';

/** A panel in a vendor's query language. */
export interface VendorPanel {
  title: Text;
  /** What to read off it, in words. */
  description: Text;
  query: Text;
  /** A series over time, one number over a long time, or rows. */
  shows: 'series' | 'number' | 'table';
  /** Value at which the line is drawn, in the unit of the query, and on which side it is bad. */
  line?: { value: NumberSegment; above: boolean };
}
export interface Section {
  title: string;
  panels: VendorPanel[];
}

export const LAYER_NAMES: Record<Layer, string> = {
  client: 'Client',
  api: 'API',
  cache: 'Cache',
  database: 'Database',
  infrastructure: 'Infrastructure',
  dependency: 'Dependencies and queues',
};

/** What the description of a sign's panel says: what it means, and which causes it is a sign of. */
export function signWords(w: Watch, parts: Parts): Text {
  const causes = parts.findings.filter((f) => isSignOf(w, f)).slice(0, 2);
  return say`${sentence(w.means)}${causes.flatMap((c) => say` Suspected: ${c.title}.`)}`;
}

/**
 * Requests first, then a row a layer with the signs that the vendor has a query for: one list of signs behind every
 * system, so that dashboards and alerts say the same.
 */
export function sections(
  parts: Parts,
  requests: VendorPanel[],
  of: (w: Watch) => { query: Text; line: NumberSegment } | undefined,
): Section[] {
  const watches = watchesOf(parts);
  const rows = LAYERS.map((l) => ({
    title: LAYER_NAMES[l],
    panels: watches
      .filter((w) => w.layer === l)
      .flatMap((w): VendorPanel[] => {
        const own = of(w);
        if (!own) return [];
        return [
          {
            title: w.title,
            description: signWords(w, parts),
            query: own.query,
            shows: 'series',
            line: { value: own.line, above: w.above },
          },
        ];
      }),
  }));
  return [{ title: 'Requests and promise', panels: requests }, ...rows].filter((r) => r.panels.length > 0);
}

/** Findings on a note; the rest is in the report. */
const MOST_OPEN = 6;

/** The note at the top: what is still open, and whether a panel below decides it. */
export function openNote(parts: Parts, has: (w: Watch) => boolean): Text {
  const watches = watchesOf(parts).filter(has);
  const open = parts.findings
    .filter((f) => f.verdict !== 'supported')
    .slice(0, MOST_OPEN)
    .map((f) => {
      const sign = watches.find((w) => settles(w, f, parts));
      return say`- ${f.title}: ${sign ? say`see “${sign.title}”` : say`no panel shows it; the runbook says what to measure`}
`;
    });
  const held = parts.findings
    .filter((f) => f.verdict === 'supported')
    .slice(0, MOST_OPEN)
    .map(
      (f) => say`- ${f.title}
`,
    );
  return say`${name(parts.app)}. Lines are targets and the points at which a sign is acted on; the runbook is alerts/runbook.md.
${
  held.length > 0
    ? say`
Supported by evidence:
${join(held, '')}`
    : say``
}${
  open.length > 0
    ? say`
Still open:
${join(open, '')}`
    : say``
}`;
}
