import type { Context, Fact, Pattern, Subject } from '../../domain/index.js';
import { inSeconds } from '../../readings/compose.js';
import { PLANNING } from './arithmetic.js';
import { figure, type Scene } from './scene.js';

/** What traces show of a pool that requests wait for. */
export interface SeenPool {
  pattern: Pattern;
  limit: Fact;
  /** Its size before the trouble, when that was another one. */
  was: Fact | undefined;
  /** Members that would leave no wait, with head room. */
  wanted: Fact;
}

const waits = (context: Context, about: Subject): Pattern | undefined => {
  const all = (context.telemetry?.patterns ?? []).filter((p) => p.kind === 'pool-wait');
  return all.find((p) => p.subject.id === about.id) ?? (all.length === 1 ? all[0] : undefined);
};

/** The pool that slow requests were seen to wait for: members × (held + waited) ÷ held is what the load asks for. */
export function seenPool(scene: Scene): SeenPool | undefined {
  const pattern = waits(scene.context, scene.target.subject);
  const { limit, hold, wait, baselineLimit } = pattern?.facts ?? {};
  if (!pattern || !limit || !hold || !wait || inSeconds(hold) <= 0) return undefined;
  const was = baselineLimit && baselineLimit.value > limit.value ? baselineLimit : undefined;
  const need = (limit.value * (inSeconds(hold) + inSeconds(wait))) / inSeconds(hold) / PLANNING.value;
  return {
    pattern,
    limit,
    was,
    wanted: figure(
      scene,
      'design.poolSeen',
      [Math.ceil(need - 1e-9), 'count'],
      'members × (time held + time waited) ÷ time held ÷ planning utilisation, rounded up',
      [limit, hold, wait, PLANNING],
      pattern.subject,
    ),
  };
}

/** Time held and time in statements, where connections are busy for nearly all of the time they are held. */
export function heldForStatements(context: Context, about: Subject): { hold: Fact; busy: Fact } | undefined {
  const { hold, busy } = waits(context, about)?.facts ?? {};
  return hold && busy && inSeconds(hold) < 1.5 * inSeconds(busy) ? { hold, busy } : undefined;
}
