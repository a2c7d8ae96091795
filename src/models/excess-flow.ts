/** Who calls whom, by number of node. */
export interface CallEdge {
  caller: number;
  callee: number;
}

/**
 * Splits the excess of one node (the target) over the nodes below it. Each node's excess is its own part and what its
 * callees' excesses explain of it; a callee with several callers explains each in proportion to the excess that the
 * caller shows. The answer is where a walk from the target ends when it stays with a node's own part and goes on to
 * a callee with the explained part: shares of the target's excess that sum to 1 (all 0 when the target has none).
 *
 * The quantities must add up along a call path (milliseconds or errors per request of the target). Circles are
 * allowed; what still walks after as many steps as there are nodes stays where it is.
 * (The budget of an absorbing Markov chain: J. G. Kemeny and J. L. Snell, Finite Markov Chains, 1960, ch. 3.)
 */
export function excessShares(
  excess: Float64Array,
  edges: readonly CallEdge[],
  target: number,
  own: (node: number, own: number) => number = (_, own) => own,
): Float64Array {
  const nodes = excess.length;
  const positive = excess.map((x) => Math.max(0, x));
  const callersExcess = new Float64Array(nodes);
  for (const { caller, callee } of edges)
    if (caller !== callee) callersExcess[callee] = at(callersExcess, callee) + at(positive, caller);
  const flows = edges.flatMap(({ caller, callee }) => {
    const among = at(callersExcess, callee);
    const amount =
      caller === callee || among === 0 ? 0 : (at(positive, callee) * at(positive, caller)) / among;
    return amount > 0 ? [{ caller, callee, amount }] : [];
  });
  const explained = new Float64Array(nodes);
  for (const f of flows) explained[f.caller] = at(explained, f.caller) + f.amount;
  const kept = positive.map((x, n) => own(n, Math.max(0, x - at(explained, n))));
  const shares = new Float64Array(nodes);
  let walking = new Float64Array(nodes);
  walking[target] = at(positive, target) > 0 ? 1 : 0;
  for (let step = 0; step <= nodes; step++) {
    const next = new Float64Array(nodes);
    for (let n = 0; n < nodes; n++) {
      const total = at(kept, n) + at(explained, n);
      const stays = step === nodes || total === 0 ? 1 : at(kept, n) / total;
      shares[n] = at(shares, n) + at(walking, n) * stays;
    }
    for (const f of flows) {
      const total = at(kept, f.caller) + at(explained, f.caller);
      if (total > 0) next[f.callee] = at(next, f.callee) + (at(walking, f.caller) * f.amount) / total;
    }
    walking = next;
    if (walking.every((w) => w < 1e-9)) break;
  }
  return shares;
}

const at = (values: Float64Array, i: number): number => values[i] as number;
