import { describe, expect, it } from 'vitest';
import { type Made, measured, select, served } from './made-spans.js';

const post = (url: string, at: number, ms: number): Made => ({
  service: 'shop',
  name: 'POST',
  kind: 'Client',
  at,
  ms,
  attributes: { 'http.request.method': 'POST', 'url.full': url, 'server.address': new URL(url).host },
});
const order = (steps: Made[]) => (i: number) => served('shop', 'POST /orders', 150 + (i % 10), steps);

describe('the section on caching and queuing', () => {
  it('shows what slow requests need not wait for, its numbers as facts', async () => {
    const m = await measured({
      incident: order([select('shop', 'SELECT * FROM items', 1, 40), post('http://mailer/send', 50, 80)]),
    });
    const shown = JSON.stringify(m.extras?.caching);
    expect(shown).toContain('POST /send → mailer');
    expect(shown).toContain('after the answer');
    expect(shown).not.toContain('SELECT items');
    expect(m.measured.facts.find((f) => f.name === 'path.saved')?.value).toBeCloseTo(80, 6);
  });

  it('says nothing where all that is waited for has to come first', async () => {
    const m = await measured({
      incident: order([select('shop', 'SELECT * FROM items', 1, 40), post('http://payments/charge', 50, 80)]),
    });
    expect(m.extras?.caching).toBeUndefined();
  });
});
