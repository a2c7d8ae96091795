import { normalCdf } from '../distribution.js';
import { erlangC } from '../queueing.js';

/**
 * The fewest servers so that at most `waitShare` of arrivals wait, for `load` erlangs. Starts at the square-root rule
 * (S. Halfin and W. Whitt, Operations Research 29, 1981) and settles by Erlang C.
 */
export function serversForWait(load: number, waitShare: number): number {
  if (!(load > 0)) return 1;
  let servers = Math.max(
    Math.floor(load) + 1,
    Math.ceil(load + squareRootSafety(waitShare) * Math.sqrt(load)) - 2,
  );
  while (erlangC(servers, load) > waitShare) servers++;
  while (servers - 1 > load && erlangC(servers - 1, load) <= waitShare) servers--;
  return servers;
}

/**
 * Safety factor β of square-root staffing, servers = R + β√R, for a share that waits: the root of
 * α = 1 / (1 + βΦ(β)/φ(β)). (Halfin and Whitt 1981, eq. 2.3.)
 */
export function squareRootSafety(waitShare: number): number {
  let low = 0;
  let high = 10;
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    if (delayShare(mid) > waitShare) low = mid;
    else high = mid;
  }
  return (low + high) / 2;
}

const density = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
const delayShare = (beta: number): number => 1 / (1 + (beta * normalCdf(beta)) / density(beta));
