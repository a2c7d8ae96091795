import { createHash } from 'node:crypto';
import type { Redactor } from '../evidence/redact/index.js';
import { redactAgain } from '../governance/redact-again.js';
import { type FlameData, flameDataSchema } from '../report/flame/data.js';
import { FLAME_STYLE } from '../report/flame/frame.js';
import { FLAME_SCRIPT } from '../report/flame/script.js';
import { SCRIPT } from '../report/html/script.js';
import { STYLE } from '../report/html/style.js';

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The policy of reports and flame graphs: their own style and script by their hashes and nothing else, in an origin of
 * their own, so that nothing in them can ask this server in the reader's name.
 */
export const documentPolicy = (): string =>
  [
    'sandbox allow-scripts allow-popups',
    "default-src 'none'",
    `style-src ${digest(STYLE)} ${digest(`${STYLE}\n${FLAME_STYLE}`)}`,
    `script-src ${digest(SCRIPT)} ${digest(FLAME_SCRIPT)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');

const FLAME_DATA = /(<script type="application\/json" id="flame-data">)(.*?)(<\/script>)/s;

/** The data of a flame graph's page as it lies on disk; nothing when it has none that can be read. */
export function keptFlameData(page: string): FlameData | undefined {
  const data = FLAME_DATA.exec(page)?.[2];
  return data === undefined ? undefined : flameDataSchema.safeParse(JSON.parse(data)).data;
}

/** The data of a flame graph's page; nothing when it has none. */
export function flameData(page: string, redactor: Redactor): unknown {
  const data = FLAME_DATA.exec(page)?.[2];
  return data === undefined ? undefined : redactAgain(JSON.parse(data), redactor);
}

/** A flame graph's page with its words and its data redacted once more; its style and script stay as their hashes say. */
export function flamePageAgain(page: string, redactor: Redactor): string {
  const data = JSON.stringify(flameData(page, redactor) ?? {}).replaceAll('<', '\\u003c');
  return page
    .split(/(<(?:style|script)[^>]*>.*?<\/(?:style|script)>)/s)
    .map((part, i) =>
      i % 2 === 1
        ? part.replace(FLAME_DATA, (_, open: string, __, close: string) => open + data + close)
        : part.replace(/>([^<]+)</g, (_, text: string) => `>${redactor.redact(text)}<`),
    )
    .join('');
}
