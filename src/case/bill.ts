import { type Subject, subject } from '../domain/index.js';
import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import type { Mention } from './subjects.js';

/** Where a part of the bill goes: the quantity that says how much, and to what. */
export interface BillPart {
  quantity: number;
  subject: Subject;
}

const MONEY = /^(?:bill|bills|cost|costs|spend|spending|invoice|budget)$/;

/** "bill $62k/month: database 58%, API 21%, transfer 14%, rest 7%": percents that add up to a bill are shares of it. */
export function billIn(frame: Frame, mentions: readonly Mention[], app: Subject): BillPart[] {
  const { tokens, quantities, sentence } = frame;
  const at = tokens.findIndex((t) => MONEY.test(t.lower));
  if (at < 0) return [];
  const parts = quantities.flatMap((q, k) =>
    q.kind === 'percent' &&
    q.signed === undefined &&
    q.comparator === undefined &&
    q.from > at &&
    sentence[q.from] === sentence[at]
      ? [{ q, k }]
      : [],
  );
  const total = parts.reduce((sum, p) => sum + p.q.value, 0);
  if (parts.length < 2 || total < 0.9 || total > 1.02) return [];
  return parts.map(({ q, k }) => ({ quantity: k, subject: payeeOf(frame, mentions, app, q) }));
}

function payeeOf(frame: Frame, mentions: readonly Mention[], app: Subject, q: Quantity): Subject {
  let from = q.from;
  while (
    from > 0 &&
    q.from - from < 6 &&
    frame.segment[from - 1] === frame.segment[q.from] &&
    frame.tokens[from - 1]?.text !== ':'
  )
    from--;
  const named = mentions.find((m) => m.from >= from && m.to <= q.from);
  if (named) return named.subject;
  const words = frame.text.slice(frame.tokens[from]?.start, frame.tokens[q.from - 1]?.end).trim();
  return words === '' || from === q.from ? app : subject('operation', words, app.name);
}
