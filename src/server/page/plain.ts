import { createHash } from 'node:crypto';
import { escapeHtml } from '../../report/html/escape.js';
import { STYLE } from '../../report/html/style.js';
import type { About } from '../investigations.js';

/** The page where none was built: a list of reports that needs no script. */
export const PLAIN_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

const shell = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title><style>${STYLE}</style></head>
<body><div class="page"><header class="top"><b>Kneepoint</b></header><main><h1>${title}</h1>${body}</main></div></body></html>
`;

export function listPage(investigations: readonly About[], url: string): string {
  const rows = investigations.map(
    (i) =>
      `<tr><td>${
        i.state === 'done'
          ? `<a href="/api/v1/investigations/${escapeHtml(i.id)}/report.html">${escapeHtml(i.title)}</a>`
          : escapeHtml(i.title)
      }</td><td>${escapeHtml(i.state)}</td><td>${escapeHtml(i.at)}</td><td>${escapeHtml(i.by)}</td></tr>`,
  );
  const start = `curl -s ${url}/api/v1/jobs -H 'content-type: application/json' -d '{"verb":"investigate","inputs":[{"text":"p99 of POST /checkout rose from 480 ms to 1.8 s"}]}'`;
  return shell(
    'Investigations',
    rows.length > 0
      ? `<table><thead><tr><th scope="col">Investigation</th><th scope="col">State</th><th scope="col">Begun</th><th scope="col">By</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
      : `<p>There is none yet. Start one:</p><pre><code>${escapeHtml(start)}</code></pre>`,
  );
}

export const signInPage = (isWrong: boolean): string =>
  shell(
    'Sign in',
    `${isWrong ? '<p role="alert">Nobody has this token.</p>' : ''}<form method="post" action="/sign-in"><p><label>Token <input name="token" type="password" required autocomplete="current-password"></label> <button>Sign in</button></p></form>`,
  );
