/** What a suffix multiplies with; those of small numbers divide, so that no digit is lost. */
const TIMES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
};
const PARTS: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3 };

/** A quantity as Kubernetes writes it: `250m` of a core, `512Mi`, `1e3`. NaN when it is none. */
export function quantity(text: unknown): number {
  const found = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(
    String(text ?? ''),
  );
  if (!found) return Number.NaN;
  const [, digits, suffix = ''] = found;
  return (Number(digits) * (TIMES[suffix] ?? 1)) / (PARTS[suffix] ?? 1);
}
