import { inWords } from './figures/in-words.js';
import { agoAfter, notAQuantity } from './figures/no-quantity.js';
import type { Figures, Passed, Quantity } from './figures/quantity.js';
import { quantityAt } from './figures/quantity-at.js';
import { shareMonths, shareRates } from './figures/shared.js';
import type { Token } from './tokens.js';

/** Reads every figure in the tokens once, from left to right. */
export function readQuantities(tokens: readonly Token[], isVersionAt: (token: number) => boolean): Figures {
  const quantities: Quantity[] = [];
  const passed: Passed[] = [];
  let i = 0;
  while (i < tokens.length) {
    const t = tokens[i] as Token;
    if (t.kind === 'clock' || t.kind === 'version') {
      passed.push({ from: i, to: i + 1, why: t.kind === 'clock' ? 'date' : 'version' });
      i++;
      continue;
    }
    const skip = t.kind === 'number' ? notAQuantity(tokens, i, isVersionAt) : undefined;
    if (skip) {
      passed.push(skip);
      i = Math.max(skip.to, i + 1);
      continue;
    }
    const made = t.kind === 'number' ? quantityAt(tokens, i) : inWords(tokens, i);
    if (!made) {
      i++;
      continue;
    }
    const ago = agoAfter(tokens, made);
    if (ago) passed.push(ago);
    else quantities.push(made);
    i = Math.max(ago ? ago.to : made.to, i + 1);
  }
  shareMonths(tokens, quantities);
  shareRates(tokens, quantities);
  return { quantities, passed };
}
