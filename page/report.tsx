import { createContext, type ReactNode, useContext, useLayoutEffect, useRef } from 'react';
import type { Block, Fact, Result, Text } from '../src/domain/index.js';
import type { Report } from '../src/report/compose.js';
import { type Anchors, anchorsOf, inline } from '../src/report/html/marks.js';
import { block, figure, pieces } from '../src/report/html/pieces.js';
import { lookupOf } from '../src/report/lookup.js';
import type { Chart, Lookup, Piece } from '../src/report/page.js';

/** The parts of a report, as the server composes them. */
export type Parts = Pick<Report, 'front' | 'sections' | 'back'>;

/** A result and its report, with the ids that its numbers are linked by. */
export interface Known {
  result: Result;
  report: Parts;
  look: Lookup;
  anchors: Anchors;
  /** The fact behind an element id. */
  factAt: ReadonlyMap<string, Fact>;
}

export function knownOf(result: Result, report: Parts): Known {
  const anchors = anchorsOf(result.facts);
  const byId = new Map(result.facts.map((f) => [f.id, f]));
  const factAt = new Map(
    [...anchors].flatMap(([id, anchor]) => {
      const fact = byId.get(id);
      return fact ? [[anchor, fact] as const] : [];
    }),
  );
  return { result, report, look: lookupOf(result), anchors, factAt };
}

export const KnownResult = createContext<Known | undefined>(undefined);

export function useKnown(): Known {
  const known = useContext(KnownResult);
  if (!known) throw new Error('there is no result above this view');
  return known;
}

/**
 * HTML of the report's own renderers, which escape every word of others. The page draws with them, so that report and page
 * cannot say different things.
 */
function Rendered({ html, as: Tag = 'div' }: { html: string; as?: 'div' | 'span' }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // A template runs no scripts; the renderers write none.
    const template = document.createElement('template');
    template.innerHTML = html;
    place.current?.replaceChildren(template.content);
  }, [html]);
  return <Tag ref={place} />;
}

export const Say = ({ text }: { text: Text }) => {
  const { anchors } = useKnown();
  return <Rendered as="span" html={inline(text, anchors)} />;
};
export const Blocks = ({ blocks }: { blocks: readonly Block[] }) => {
  const { anchors } = useKnown();
  return <Rendered html={blocks.map((b) => block(b, anchors)).join('')} />;
};
export const Pieces = ({ of }: { of: readonly Piece[] }) => {
  const { anchors } = useKnown();
  return <Rendered html={pieces(of, anchors)} />;
};
export const Figure = ({ chart, level = 'h2' }: { chart: Chart; level?: 'h2' | 'h3' }) => {
  const { anchors } = useKnown();
  return <Rendered html={figure(chart, anchors, level)} />;
};

/** A heading with what stands below it. */
export const Part = ({ id, title, children }: { id: string; title: string; children: ReactNode }) => (
  <section aria-labelledby={`${id}-title`} id={id}>
    <h2 id={`${id}-title`}>{title}</h2>
    {children}
  </section>
);
