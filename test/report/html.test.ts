import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/domain/index.js';
import { compose } from '../../src/report/compose.js';
import { renderHtml } from '../../src/report/html.js';
import { bare, HOSTILE, sample, statedOnly } from '../fixtures/report/sample.js';

const html = renderHtml(sample);
const withoutScript = html.replace(/<script>[\s\S]*?<\/script>/g, '');
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');

describe('the report as HTML', () => {
  it.each([
    ['sample', sample],
    ['stated', statedOnly],
    ['bare', bare],
  ])('has every text in its source, scripts or not: %s', (_, result) => {
    const text = textOf(renderHtml(result).replace(/<script>[\s\S]*?<\/script>/g, '')).replace(/[“”]/g, '');
    const said = (t: Parameters<typeof plain>[0]): string => plain(t).replace(/[“”]/g, '');
    expect(text).toContain(said(result.verdict.text));
    for (const f of result.findings) expect(text).toContain(said(f.title));
    for (const r of result.readings) expect(text).toContain(said(r.headline));
    for (const r of result.recommendations) expect(text).toContain(said(r.verification));
    for (const m of result.measurements) expect(text).toContain(said(m.command));
    for (const g of result.gaps) expect(text).toContain(said(g.text));
    for (const input of Object.values(result.case.inputs)) expect(text).toContain(input);
  });

  it('runs nothing but its own script and style, named by their hashes', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const tag of ['script', 'style']) {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? '';
      expect(policy).toContain(`sha256-${createHash('sha256').update(content).digest('base64')}`);
    }
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(withoutScript).not.toMatch(/\s(?:on\w+|style)="/);
    expect(withoutScript).not.toMatch(/\b(?:src|href)="(?!#)/);
  });

  it('shows hostile names as text', () => {
    expect(html).not.toContain(HOSTILE);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<img');
  });

  it('leads each number to a row of the evidence, and has no id twice', () => {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map((m) => m[1]);
    expect(targets.length).toBeGreaterThan(100);
    for (const t of targets) expect(ids).toContain(t);
  });

  it('marks in the inputs what was understood and what was not', () => {
    expect(html).toMatch(/<mark><a class="n" href="#fact-\w+">Redis hit rate 71%<\/a><\/mark>/);
    expect(html).toContain('<span class="no">flux 12 zorkmids</span>');
  });

  it('keeps the facts that others were computed from', () => {
    const { facts } = compose(sample);
    const ids = new Set(facts.map((f) => f.id));
    for (const f of facts)
      for (const p of f.from)
        if (p.kind === 'formula') for (const input of p.facts) expect(ids).toContain(input);
  });

  it('is light', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(1_500_000);
  });
});
