import {
  type Case,
  type Component,
  type Context,
  indexFacts,
  type KnowledgeIndex,
  type Measured,
  type Reading,
} from '../domain/index.js';

export const NOTHING_MEASURED: Measured = { facts: [], components: [], links: [], changes: [] };

/** The context that readings, hypotheses, remedies and deliverables look at. */
export function contextOf(
  theCase: Case,
  knowledge: KnowledgeIndex,
  measured: Measured = NOTHING_MEASURED,
  readings: readonly Reading[] = [],
): Context {
  return {
    case: theCase,
    app: theCase.app,
    facts: indexFacts([...theCase.facts, ...measured.facts]),
    components: mergeById([...theCase.components, ...measured.components]),
    links: [...theCase.links, ...measured.links],
    changes: [...theCase.changes, ...measured.changes],
    symptoms: theCase.symptoms,
    constraints: theCase.constraints,
    classes: theCase.classes,
    tools: theCase.tools,
    knowledge,
    readings,
    ...(measured.telemetry ? { telemetry: measured.telemetry } : {}),
    ...(measured.recorded ? { recorded: measured.recorded } : {}),
  };
}

/** One component a subject id: the first says what it is, later ones add roles, version and places. */
function mergeById(components: readonly Component[]): Component[] {
  const byId = new Map<string, Component>();
  for (const c of components) {
    const before = byId.get(c.subject.id);
    byId.set(
      c.subject.id,
      before
        ? {
            ...c,
            ...before,
            roles: [...new Set([...before.roles, ...c.roles])],
            places: [...before.places, ...c.places],
          }
        : c,
    );
  }
  return [...byId.values()];
}
