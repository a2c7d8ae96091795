/**
 * p-values adjusted so that the chance of any false rejection stays at the level, whatever their dependence.
 * (S. Holm, Scandinavian J. Statistics 6, 1979.)
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => (p[a] as number) - (p[b] as number) || a - b);
  const adjusted = new Array<number>(p.length).fill(1);
  let running = 0;
  for (const [k, i] of order.entries()) {
    running = Math.max(running, Math.min(1, (p.length - k) * (p[i] as number)));
    adjusted[i] = running;
  }
  return adjusted;
}

/**
 * p-values adjusted so that the expected share of false rejections among all stays at the level, for independent tests.
 * (Y. Benjamini and Y. Hochberg, J. Royal Statistical Society B 57, 1995.)
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => (p[b] as number) - (p[a] as number) || b - a);
  const adjusted = new Array<number>(p.length).fill(1);
  let running = 1;
  for (const [k, i] of order.entries()) {
    running = Math.min(running, ((p[i] as number) * p.length) / (p.length - k));
    adjusted[i] = running;
  }
  return adjusted;
}
