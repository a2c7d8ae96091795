import type { Selector } from '../../evidence/readers/promql/ast.js';
import { type CountedSum, filtersOf } from './vendor-query.js';

/** A selector's filter in Datadog's language; `undefined` where a matcher cannot be said. */
export function datadogFilter(s: Selector): string | undefined {
  const f = filtersOf(s, (label, choice, negative) => {
    const all = [...choice.values, ...choice.prefixes.map((p) => `${p}*`)];
    if (all.length === 1) return `${negative ? '!' : ''}${label}:${all[0]}`;
    return `${label} ${negative ? 'NOT IN' : 'IN'} (${all.join(',')})`;
  });
  return f && (f.length > 0 ? f.join(' AND ') : '*');
}

/** A selector's condition in NRQL; empty where it selects all. */
export function newRelicFilter(s: Selector): string | undefined {
  const f = filtersOf(s, (label, choice, negative) => {
    const quoted = choice.values.map((v) => `'${v.replaceAll("'", "\\'")}'`);
    const any = [
      ...(quoted.length > 0 ? [`${label} IN (${quoted.join(', ')})`] : []),
      ...choice.prefixes.map((p) => `${label} LIKE '${p}%'`),
    ];
    const text = any.length === 1 ? (any[0] ?? '') : `(${any.join(' OR ')})`;
    return negative ? `NOT (${text})` : text;
  });
  return f?.join(' AND ');
}

/** A selector's filter as a transformation of Dynatrace's metric selector; empty where it selects all. */
export function dynatraceFilter(s: Selector): string | undefined {
  const f = filtersOf(s, (label, choice, negative) => {
    const all = [
      ...choice.values.map((v) => `eq("${label}","${v}")`),
      ...choice.prefixes.map((p) => `prefix("${label}","${p}")`),
    ];
    const one = all.length === 1 ? (all[0] ?? '') : `or(${all.join(',')})`;
    return negative ? `not(${one})` : one;
  });
  if (!f) return undefined;
  return f.length === 0 ? '' : `:filter(${f.length === 1 ? f[0] : `and(${f.join(',')})`})`;
}

/** A counted sum in each language. */
export const datadogCount = (t: CountedSum): string | undefined => {
  const f = datadogFilter(t.selector);
  return f && `sum:${t.selector.metric}{${f}}.as_count()`;
};
export const newRelicCount = (t: CountedSum): string | undefined => {
  const f = newRelicFilter(t.selector);
  if (f === undefined) return undefined;
  return f === '' ? `sum(${t.selector.metric})` : `filter(sum(${t.selector.metric}), WHERE ${f})`;
};
export const dynatraceCount = (t: CountedSum): string | undefined => {
  const f = dynatraceFilter(t.selector);
  return f === undefined ? undefined : `(${t.selector.metric}.count${f}:splitBy():sum:default(0))`;
};

/** Terms of one language joined with their signs; `undefined` where one of them cannot be said. */
export function sumOf(
  terms: readonly CountedSum[],
  one: (t: CountedSum) => string | undefined,
): string | undefined {
  const texts = terms.map(one);
  if (texts.some((t) => t === undefined)) return undefined;
  return texts.map((t, i) => (i === 0 ? t : `${terms[i]?.sign === -1 ? '-' : '+'} ${t}`)).join(' ');
}
