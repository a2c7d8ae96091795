import type { Block } from './block.js';
import type {
  Case,
  Change,
  ChangeMechanism,
  Component,
  Constraint,
  Link,
  RequestClass,
  Symptom,
  SymptomKind,
  Tool,
} from './case.js';
import type { Fact, Phase } from './fact.js';
import type { FactName } from './fact-names.js';
import type { ExcessBudget } from './finding.js';
import type { Layer } from './layer.js';
import type { MeasurementDraft } from './measurement.js';
import type { Reading } from './reading.js';
import type { DESIGN_SECTIONS, Deliverable, EFFORTS, Recommendation, RISKS } from './recommendation.js';
import type { Recorded } from './recorded.js';
import type { Result } from './result.js';
import type { Subject } from './subject.js';
import type { Text } from './text.js';

/** Facts by name, subject and phase. Look-ups prefer measured over stated over derived facts. */
export interface FactIndex {
  all: readonly Fact[];
  /** The first match, in order of preference; phases in the order given. `undefined` when nobody said or measured it. */
  find(query: FactQuery): Fact | undefined;
  /** Every match, in a stable order. */
  every(query: FactQuery): Fact[];
}
export interface FactQuery {
  name?: FactName | (string & {}) | readonly string[];
  /** A subject or its id. */
  subject?: Subject | string;
  subjectKind?: Subject['kind'] | readonly Subject['kind'][];
  phase?: Phase | readonly Phase[];
  origin?: Fact['origin'];
  basis?: Fact['basis'];
}

/** What is known of products: defaults, limits, traps; data with source and date. */
export interface KnowledgeIndex {
  /** A default or limit as a fact: `fact('postgresql', 'connections.limit', '15')`. */
  fact(product: string, key: string, version?: string): Fact | undefined;
  product(id: string): Product | undefined;
  traps(product: string, version?: string): Trap[];
}
export interface Product {
  id: string;
  name: string;
  kind: Subject['kind'];
  layer: Layer;
  /** Traits the catalogues ask for: `sql`, `key-value`, `log-broker`, `single-threaded`, `garbage-collected`, `orm` … */
  traits: string[];
}
export interface Trap {
  id: string;
  title: string;
  text: string;
  /** Hypotheses it makes likelier. */
  hypotheses: string[];
  source: string;
  date: string;
}

/** Everything a reading, hypothesis, remedy or deliverable may look at. Read-only. */
export interface Context {
  case: Case;
  app: Subject;
  facts: FactIndex;
  components: readonly Component[];
  links: readonly Link[];
  changes: readonly Change[];
  symptoms: readonly Symptom[];
  constraints: readonly Constraint[];
  classes: readonly RequestClass[];
  tools: readonly Tool[];
  knowledge: KnowledgeIndex;
  /** Present when telemetry was given. */
  telemetry?: Telemetry;
  /** Present when metrics were given: what they are called. */
  recorded?: Recorded;
  /** Readings, once they are made: hypotheses and remedies may look at them. */
  readings: readonly Reading[];
}

/** What the facts step found in traces beyond single numbers. Present only when traces were given. */
export interface Telemetry {
  /** The entry operation of the slow requests. */
  entry: Subject;
  /** Exclusive time on the critical path of slow requests, incident and baseline, per cell. */
  cells: readonly Cell[];
  excess: { total: Fact; baseline: Fact; incident: Fact; percentile: number };
  /** Patterns found in the traces: repeated statements, serial calls, waits. */
  patterns: readonly Pattern[];
  hasBaseline: boolean;
  /**
   * Milliseconds that slow requests would lose on average if these shares of the growth of cells were gone and nothing
   * else were changed: less than the claimed time where other requests would take the place of the slowest.
   */
  removal?(claims: readonly { cell: string; share: number }[]): number;
}
export interface Cell {
  id: string;
  service: string;
  operation: string;
  /** What the time was spent on. */
  kind:
    | 'self'
    | 'database'
    | 'cache'
    | 'call'
    | 'pool-wait'
    | 'lock-wait'
    | 'queue-gap'
    | 'event-loop'
    | 'gc'
    | 'connect'
    | 'unknown';
  /** The callee of a call, database or cache cell. */
  peer?: Subject;
  /** Normalised statement, for database and cache cells. */
  statement?: string;
  baseline: Fact;
  incident: Fact;
  /** incident − baseline; what claims add up from. */
  excess: Fact;
  /** Mean number of spans per slow request. */
  baselineCount: Fact;
  incidentCount: Fact;
}
export interface Pattern {
  kind:
    | 'n-plus-one'
    | 'serial-calls'
    | 'repeated-call'
    | 'new-call'
    | 'fan-out'
    | 'slow-statement'
    | 'pool-wait'
    | 'connection-setup'
    | 'retry'
    | 'masked-timeout'
    | 'cache-miss'
    | 'stampede'
    | 'chatty'
    | 'head-of-line'
    | 'large-payload';
  subject: Subject;
  service: string;
  /** Ids of the cells whose time it explains. */
  cells: readonly string[];
  /** Mean milliseconds on the critical path of slow requests that removing it would save. */
  saving: Fact;
  /** Numbers by role: `repeats`, `wait`, `baselineRepeats`, `hitRatio` … */
  facts: Readonly<Record<string, Fact>>;
  detail: Text;
}

/** One general mechanism that turns numbers into a conclusion. One file each, in `src/readings/`. */
export interface ReadingEntry {
  id: string;
  /** What it looks at and concludes, in one sentence (docs and `--help`). */
  about: string;
  read(context: Context): Reading[];
}

/** A possible cause. One file each, in `src/hypotheses/<layer>/`. */
export interface Hypothesis {
  id: string;
  layer: Layer;
  title: string;
  /** How it makes requests slow, in one sentence. */
  mechanism: string;
  /** Changes that can start it. */
  startedBy: readonly ChangeMechanism[];
  /** Symptoms it explains. */
  explains: readonly SymptomKind[];
  /** Probability before any evidence that it matters where it applies, .01..0.3. */
  prior: number;
  /** What in this case it could hold of; none when it does not apply. */
  subjects(context: Context): Subject[];
  predictions: readonly Prediction[];
  /** Title and mechanism in this case, with its numbers. */
  describe(context: Context, subject: Subject): { title: Text; statement: Text; refutedIf: Text };
  /** Ids of the cells of the excess budget whose excess it explains, with the share of each (0..1). */
  claims?(context: Context, subject: Subject): { cell: string; share: number }[];
  /** Remedy ids, best first. */
  remedies: readonly string[];
}
export interface Prediction {
  id: string;
  /** `true`: if this was measured and is absent, the hypothesis is refuted. */
  necessary?: boolean;
  /** Natural log of the likelihood ratio when seen (> 0) and when absent (< 0). */
  whenSeen: number;
  whenAbsent: number;
  /** Looks at the facts. Must answer `unmeasured` when they are not there. */
  test(context: Context, subject: Subject): PredictionOutcome;
  /** What would decide it, for the user's own stack. */
  measure(context: Context, subject: Subject): MeasurementDraft;
}
export interface PredictionOutcome {
  outcome: 'seen' | 'absent' | 'unmeasured';
  says: Text;
  facts: Fact[];
}

/** A change that removes a cause. One file each, in `src/remedies/<layer>/`. */
export interface Remedy {
  id: string;
  layer: Layer;
  title: string;
  effort: (typeof EFFORTS)[number];
  risk: (typeof RISKS)[number];
  section?: (typeof DESIGN_SECTIONS)[number];
  /** Why it cannot be used here (a constraint, a missing part), or `undefined` when it can. */
  blocked?(context: Context, subject: Subject): Text | undefined;
  /** How it changes the recorded requests, for the forecast by re-timing. */
  retiming?: Retiming;
  advise(context: Context, target: RemedyTarget): Advice;
}
export interface RemedyTarget {
  /** Finding id, hypothesis and subject it is meant for. */
  finding: string;
  hypothesis: string;
  subject: Subject;
  supported: boolean;
  /** Milliseconds claimed, with traces. */
  claim?: Fact;
  /** Changes that fit the cause by mechanism. */
  changes?: readonly Change[];
}
export interface Retiming {
  /** What happens to the cells that the finding claims. */
  kind: 'drop' | 'scale' | 'batch' | 'parallel' | 'baseline';
  /** For `scale`: what is left of the time, at best and at worst. */
  factor?: readonly [number, number];
  /** What is left of what the cause added, where a baseline tells that apart; `factor` without it. */
  growth?: readonly [number, number];
  /** What is left of it at most, in times of the p99 from before: for what cuts waits off at a fixed length. */
  leftInTimesBefore?: number;
  /** Who meets the claimed work waits for one run of it still, without a crowd. */
  leavesOneRun?: true;
  /** The change that brought the cause is taken back, and with it whatever else it brought. */
  takesChangeBack?: true;
}
export type Advice = Pick<
  Recommendation,
  'title' | 'description' | 'benefit' | 'riskText' | 'effortText' | 'verification' | 'design'
> &
  Partial<Pick<Recommendation, 'verifyCommand' | 'risk' | 'effort'>> & {
    /** A stated-facts forecast, when arithmetic gives one. */
    forecast?: Fact;
  };

/** Writes files for the user. One file each, in `src/deliverables/<kind>/<stack>.ts`. */
export interface DeliverableEntry {
  id: string;
  about: string;
  /** The files for this result; none when the case does not use this stack. */
  make(result: Omit<Result, 'deliverables'>, context: Context): Deliverable[];
}

export type { Block, ExcessBudget, Fact, Subject, Text };
