import { describe, expect, it } from 'vitest';
import { plain, type Result } from '../../src/domain/index.js';
import { lookupOf } from '../../src/report/lookup.js';
import type { Piece } from '../../src/report/page.js';
import { sectionsOf } from '../../src/report/sections/index.js';
import { bare, sample, statedOnly } from '../fixtures/report/sample.js';

const words = (pieces: readonly Piece[]): string =>
  pieces
    .map((p) => {
      switch (p.kind) {
        case 'paragraph':
        case 'heading':
          return plain(p.text);
        case 'list':
          return p.items.map(plain).join('\n');
        case 'table':
          return p.rows.flatMap((r) => r.map(plain)).join('\n');
        case 'code':
          return plain(p.text);
        case 'details':
          return `${plain(p.summary)}\n${words(p.blocks)}`;
        case 'aside':
          return `${plain(p.lead)}\n${words(p.blocks)}`;
        case 'note':
          return `${plain(p.lead)}\n${words(p.pieces)}`;
        case 'chart':
          return plain(p.chart.title);
        default:
          return '';
      }
    })
    .join('\n');

const section = (result: Result, id: string): string => {
  const found = sectionsOf(lookupOf(result)).find((s) => s.id === id);
  return found ? words(found.pieces) : '';
};

describe('the ten sections', () => {
  it('come in the order of the brief', () => {
    expect(sectionsOf(lookupOf(sample)).map((s) => s.id)).toEqual([
      'scenario',
      'measurement',
      'bottlenecks',
      'optimisations',
      'caching',
      'database',
      'code',
      'harness',
      'monitoring',
      'capacity',
    ]);
  });

  it.each([
    ['full', sample, 'Harbour Shop Checkout'],
    ['stated', statedOnly, 'Harbour Shop Checkout'],
    ['bare', bare, 'Ferry'],
  ])('are never empty: %s', (_, result, app) => {
    for (const s of sectionsOf(lookupOf(result))) expect(words(s.pieces).trim(), s.id).not.toBe('');
    if (result === bare)
      for (const s of sectionsOf(lookupOf(result)).filter((x) => x.id !== 'capacity'))
        expect(words(s.pieces), s.id).toContain(app);
  });

  it('name what is missing for this case, and only that', () => {
    expect(section(bare, 'capacity')).toContain('the rate to plan for');
    expect(section(statedOnly, 'database')).toContain('orders-db');
    expect(section(statedOnly, 'monitoring')).toContain('Prometheus');
    expect(section(bare, 'monitoring')).not.toContain('Prometheus');
  });

  it('show every reading with its arithmetic in one of them', () => {
    const all = sectionsOf(lookupOf(sample))
      .map((s) => words(s.pieces))
      .join('\n');
    for (const r of sample.readings) expect(all).toContain(plain(r.headline));
  });

  it('show every recommendation in section 4 with risk, effort and verification', () => {
    const text = section(sample, 'optimisations');
    for (const r of sample.recommendations)
      for (const part of [r.title, r.description, r.benefit, r.riskText, r.effortText, r.verification])
        expect(text).toContain(plain(part));
  });

  it('show the design of a recommendation in the section it belongs to', () => {
    expect(section(sample, 'code')).toContain('Promise.allSettled');
    expect(section(sample, 'database')).toContain('ANY($1)');
    expect(section(sample, 'caching')).toContain('soft time to live');
  });

  it('put what a section alone shows at its place', () => {
    const text = 'only here';
    const result: Result = { ...sample, extras: { caching: [{ kind: 'paragraph', text: [text] }] } };
    expect(section(result, 'caching')).toContain(text);
    expect(section(result, 'database')).not.toContain(text);
  });
});
