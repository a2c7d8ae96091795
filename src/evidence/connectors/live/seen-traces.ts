import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';

/** Traces that were written already: searches for several services find the same ones. */
export interface SeenTraces {
  /** True for the first page that asks for it, and for that page again. */
  isNew(traceId: string, page: string): boolean;
  /** The traces of a page, to be kept with it; and taken back by a resumed run. */
  ofPage(page: string): string;
  keep(page: string, list: string | undefined): void;
  count(): number;
}

/** Ids are compared by their last 16 digits: systems pad them differently. */
export function createSeenTraces(): SeenTraces {
  const pageOf = new Map<string, string>();
  const key = (id: string): string => id.toLowerCase().slice(-16).padStart(16, '0');
  return {
    isNew(traceId, page) {
      const k = key(traceId);
      const before = pageOf.get(k);
      if (before === undefined) pageOf.set(k, page);
      return before === undefined || before === page;
    },
    ofPage: (page) => [...pageOf].flatMap(([k, p]) => (p === page ? [k] : [])).join(' '),
    keep(page, list) {
      for (const k of (list ?? '').split(' ')) if (k !== '') pageOf.set(k, page);
    },
    count: () => pageOf.size,
  };
}

/** `resourceSpans` with only those spans that `wanted` says by their trace. */
export function spansOf(resourceSpans: unknown, wanted: (traceId: string) => boolean): JsonObject[] {
  return arrayOf(resourceSpans)
    .filter(isObject)
    .flatMap((group) => {
      const scopes = arrayOf(group.scopeSpans ?? group.instrumentationLibrarySpans)
        .filter(isObject)
        .map((scope) => ({
          ...scope,
          spans: arrayOf(scope.spans).filter((s) => isObject(s) && wanted(String(s.traceId ?? ''))),
        }))
        .filter((scope) => scope.spans.length > 0);
      return scopes.length > 0
        ? [{ ...group, instrumentationLibrarySpans: undefined, scopeSpans: scopes }]
        : [];
    });
}
