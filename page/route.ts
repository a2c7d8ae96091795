import { createContext, useContext, useSyncExternalStore } from 'react';

export { pathTo, type Route, routeOf, VIEWS, type View } from './address.js';

const MOVED = 'kneepoint:moved';

/** Goes to another address of the page without loading it anew. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  window.history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to);
  window.dispatchEvent(new Event(MOVED));
}

const listen = (tell: () => void): (() => void) => {
  window.addEventListener('popstate', tell);
  window.addEventListener(MOVED, tell);
  return () => {
    window.removeEventListener('popstate', tell);
    window.removeEventListener(MOVED, tell);
  };
};

/** The address as it is now, path and query. */
export const useAddress = (): string =>
  useSyncExternalStore(listen, () => window.location.pathname + window.location.search);

/** The id of the investigation that is shown. */
export const InvestigationId = createContext('');
export const useInvestigationId = (): string => useContext(InvestigationId);
