import type { Token } from '../tokens.js';
import type { Quantity } from './quantity.js';
import { word } from './word.js';

/** "55k records/s peak, 18k avg": a plain figure that is told beside a rate, with a word of time, is one as well. */
export function shareRates(tokens: readonly Token[], quantities: Quantity[]): void {
  quantities.forEach((q, k) => {
    const p = quantities[k - 1];
    if (q.kind !== 'bare' || q.noun !== undefined || q.per !== undefined || p?.kind !== 'rate') return;
    const between = tokens.slice(p.to, q.from);
    const plain = (t: Token): boolean =>
      /^[,/(~]$/.test(t.text) ||
      /^(?:and|vs|versus|peak|at|on|average|avg|mean|steady|the|just|under|about|around|normal|noon|night|evening|by|in|day|only|over|peaks|peaking|spikes|bursts|of|to|up)$/.test(
        t.lower,
      );
    if (between.length > 7 || !between.every(plain)) return;
    const after = word(tokens[q.to]);
    const when =
      /^(?:avg|average|mean|peak|steady|typical|typically|normal|normally|otherwise|off|overnight|sustained)$/.test(
        after,
      ) ||
      (/^(?:on|at|in)$/.test(after) &&
        /^(?:average|the|peak|night|noon|weekends?|busy)$/.test(word(tokens[q.to + 1])));
    const peaks =
      /^(?:of|at|to)$/.test(word(tokens[q.from - 1])) &&
      /^(?:peaks?|peaking|spikes?|spiking|bursts?|bursting)$/.test(word(tokens[q.from - 2]));
    const ratio = (q.value * p.unitScale) / p.value;
    if ((!when && !peaks) || ratio > 50 || ratio < 0.02) return;
    Object.assign(q, { kind: 'rate', value: q.value * p.unitScale, unitScale: p.unitScale });
  });
}

/** "$31k a month (today $27.5k)": an amount beside a rate is over the same time. */
export function shareMonths(tokens: readonly Token[], quantities: Quantity[]): void {
  quantities.forEach((q, k) => {
    if (q.kind !== 'money') return;
    const other = [quantities[k - 1], quantities[k + 1]].find(
      (x) => x?.kind === 'moneyRate' && (x.from >= q.to ? x.from - q.to : q.from - x.to) <= 6,
    );
    if (!other) return;
    const [from, to] = other.from < q.from ? [other.to, q.from] : [q.to, other.from];
    if (tokens.slice(from, to).some((t) => t.kind === 'break' || t.text === ',' || t.text === ';')) return;
    const digits = tokens.slice(other.from, other.to).find((t) => t.kind === 'number')?.value ?? 0;
    const month = other.value / (digits * other.multiplier);
    if (Number.isFinite(month) && month > 0) Object.assign(q, { kind: 'moneyRate', value: q.value * month });
  });
}
