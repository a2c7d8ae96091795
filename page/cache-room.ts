/** Hit ratio at a room that lies between the measured ones, on the straight line between them; the curve begins at zero. */
export function hitRatioAt(curve: readonly { size: number; hitRatio: number }[], room: number): number {
  let before = { size: 0, hitRatio: 0 };
  for (const next of curve) {
    if (room <= next.size) {
      const part = next.size > before.size ? (room - before.size) / (next.size - before.size) : 1;
      return before.hitRatio + part * (next.hitRatio - before.hitRatio);
    }
    before = next;
  }
  return before.hitRatio;
}
