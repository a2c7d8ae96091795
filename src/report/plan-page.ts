import { type Block, say, type Text } from '../domain/index.js';
import { escapeHtml } from './html/escape.js';
import { inline } from './html/marks.js';
import { block } from './html/pieces.js';
import { STYLE } from './html/style.js';

/** One plan of a page: what is wrong with it, and its picture. */
export interface PlanOnPage {
  /** The statement, or where the plan came from; untrusted. */
  title: string;
  verdict: Text;
  findings: readonly { reason: Text; remedy: Text; saving?: Text; command?: string }[];
  /** What estimates let expect, of a plan that was not timed. */
  signs: readonly Text[];
  picture?: Block;
  /** The plan as text, for those who want to copy it. */
  text: string;
}

/** Plans with their findings as one page: whole without scripts, offline, light and dark. Everything given is escaped. */
export function planPage(title: string, plans: readonly PlanOnPage[]): string {
  const none = new Map<string, string>();
  const text = (t: Text): string => inline(t, none);
  const parts = plans.map((p, i) => {
    const findings = p.findings.map(
      (f) =>
        `<li>${text(f.reason)}<br><b>What to do:</b> ${text(f.remedy)}${f.saving ? ` ${text(f.saving)}` : ''}${f.command === undefined ? '' : block({ kind: 'code', language: 'sql', text: [{ name: f.command }] }, none)}</li>`,
    );
    return `<section><h2>${plans.length > 1 ? `Plan ${i + 1}: ` : ''}<code>${escapeHtml(p.title)}</code></h2><p class="lead">${text(p.verdict)}</p>${findings.length > 0 ? `<ol>${findings.join('')}</ol>` : ''}${p.signs.length > 0 ? `<ul>${p.signs.map((s) => `<li>${text(s)}</li>`).join('')}</ul>` : ''}${p.picture ? block(p.picture, none) : ''}${block({ kind: 'details', summary: say`The plan as text`, blocks: [{ kind: 'code', language: '', text: [{ name: p.text }] }] }, none)}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)} · plan</title><style>${STYLE}</style></head><body><div class="page"><header class="top"><b>Kneepoint</b><span>plan</span><span><code>${escapeHtml(title)}</code></span></header><main><div class="front"><h1>Why the statement takes as long as it does</h1></div>${parts.join('\n')}</main></div></body></html>
`;
}
