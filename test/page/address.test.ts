import { describe, expect, it } from 'vitest';
import { pathTo, routeOf, VIEWS } from '../../page/address.js';

describe('addresses of the web page', () => {
  it('lead back to the view they were made for, whatever the ids hold', () => {
    for (const [view] of VIEWS)
      for (const id of ['novapay', 'a b/c?d#e', '100 %', '../..']) {
        const [path = '', search = ''] = pathTo(id, view, 'x/y z', { fact: 'p99@a#b' }).split(/(?=\?)/);
        const route = routeOf(path, search);
        expect(route).toMatchObject({ at: 'investigation', id, view, rest: 'x/y z' });
        expect(route.at === 'investigation' && route.query.get('fact')).toBe('p99@a#b');
      }
  });
  it('show the verdict where no view is named', () => {
    expect(routeOf('/i/novapay', '')).toMatchObject({ at: 'investigation', view: 'verdict' });
    expect(routeOf('/', '')).toEqual({ at: 'start' });
    expect(routeOf('/live', '')).toEqual({ at: 'live' });
  });
  it('lead nowhere when nothing is known by that name', () => {
    for (const path of ['/x', '/i', '/i/a/b', '/i/a/verdict/x/y', '/live/x', '/%E0%A4%A'])
      expect(routeOf(path, '')).toEqual({ at: 'nowhere' });
  });
});
