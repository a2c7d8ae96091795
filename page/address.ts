/** The views of an investigation, in the order in which they are read. */
export const VIEWS = [
  ['verdict', 'Verdict'],
  ['hypotheses', 'Hypotheses'],
  ['traces', 'Traces'],
  ['profiles', 'Profiles'],
  ['database', 'Statements and plans'],
  ['cache', 'Cache and queues'],
  ['capacity', 'Load and capacity'],
  ['experiments', 'Experiments'],
  ['slo', 'SLOs and alerts'],
  ['recommendations', 'Recommendations'],
  ['deliverables', 'Deliverables'],
  ['evidence', 'Evidence'],
  ['report', 'Whole report'],
] as const;
export type View = (typeof VIEWS)[number][0];

export type Route =
  | { at: 'start' }
  | { at: 'live' }
  | { at: 'investigation'; id: string; view: View; rest: string | undefined; query: URLSearchParams }
  | { at: 'nowhere' };

/** What an address means. Unknown ones lead nowhere, and the page says so. */
export function routeOf(path: string, search: string): Route {
  const parts = path
    .split('/')
    .filter((p) => p !== '')
    .map(decoded);
  if (parts.length === 0) return { at: 'start' };
  if (parts[0] === 'live' && parts.length === 1) return { at: 'live' };
  const [first, id, view = 'verdict', rest] = parts;
  const known = VIEWS.find(([v]) => v === view)?.[0];
  if (first !== 'i' || id === undefined || known === undefined || parts.length > 4) return { at: 'nowhere' };
  return { at: 'investigation', id, view: known, rest, query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view. */
export const pathTo = (
  id: string,
  view: View = 'verdict',
  rest?: string,
  query: Record<string, string> = {},
): string => {
  const tail = rest === undefined ? '' : `/${encodeURIComponent(rest)}`;
  const asked = new URLSearchParams(query).toString();
  return `/i/${encodeURIComponent(id)}/${view}${tail}${asked === '' ? '' : `?${asked}`}`;
};
