import { subject } from '../../domain/index.js';
import { appWords, onlyOf } from '../subjects.js';
import type { About, Scene } from './scene.js';

/** One name for "2,200 logins/s" and "login p99". */
export const singular = (noun: string): string =>
  /(?:ch|sh|ss|x)es$/.test(noun)
    ? noun.slice(0, -2)
    : /ies$/.test(noun)
      ? `${noun.slice(0, -3)}y`
      : /[^su]s$/.test(noun)
        ? noun.slice(0, -1)
        : noun;

export function made(scene: Scene, found: { from: number; to: number }): About {
  const { frame, app } = scene;
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((w) => w !== '' && !PLAIN_TAIL.test(w));
  const own = appWords(app);
  if (
    words.length === 0 ||
    words.every(
      (w) =>
        own.has(w) ||
        own.has(w.replace(/e?s$/, '')) ||
        (w.length >= 5 && [...own].some((o) => o.startsWith(w) && o.length - w.length > 2)),
    )
  )
    return { subject: app, ...found };
  const store = SQL.test(text) ? onlyOf(scene.parts, ['database']) : undefined;
  if (store) return { subject: subject('statement', text, store.name), ...found };
  return { subject: subject('operation', oneName(text), app.name), ...found };
}

/** Words of SQL, written as such. */
const SQL = /\b(?:SELECT|UPDATE|INSERT|DELETE|UPSERT|MERGE|COPY)\b/;

/** "transfers 420 TPS" and "transfer p99" are one operation. */
const oneName = (text: string): string =>
  /^\p{L}{4,}s$/u.test(text) && !/(?:ics|news|ss|us|series)$/i.test(text) ? singular(text) : text;

const PLAIN_TAIL =
  /^(?:page|pages|endpoint|endpoints|route|api|apis|calls|requests|request|service|path|flow|traffic)$/;
