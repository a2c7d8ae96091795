import type { Settings } from '../../settings.js';

type Rate = {
  from: string;
  to: string;
  rate: number;
  asOf: string;
  source: { desk: string; quality: number };
};

/** The document of rates as the bank sends it: some 10,000 pairs, above 1 MB. */
const DOCUMENT = JSON.stringify(
  Array.from(
    { length: 10_000 },
    (_, i): Rate => ({
      from: `C${i % 160}`,
      to: `C${Math.floor(i / 160)}`,
      rate: 1 + (i % 97) / 100,
      asOf: '2026-01-01T00:00:00Z',
      source: { desk: `desk ${i % 12}`, quality: i % 5 },
    }),
  ),
);
let kept: Map<string, number> | undefined;

const tableOf = (text: string): Map<string, number> =>
  new Map((JSON.parse(text) as Rate[]).map((r) => [`${r.from}/${r.to}`, r.rate]));

/** The rate between two currencies: from the document parsed anew each time, or from the table kept of it. */
export function rateOf(pair: string, how: Settings['exchangeRates']): number {
  if (how === 'none') return 1;
  if (how === 'parsed-each-time') {
    const rates = JSON.parse(DOCUMENT) as Rate[];
    return rates.find((r) => `${r.from}/${r.to}` === pair)?.rate ?? 1;
  }
  kept ??= tableOf(DOCUMENT);
  return kept.get(pair) ?? 1;
}
