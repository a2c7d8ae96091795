import { type Fact, measured, type Subject, type Text, type Unit } from '../../../domain/index.js';
import { numberIn, type Row, textIn } from '../../../evidence/connectors/postgres/database.js';
import type { Snapshot, SnapshotPart } from '../../../evidence/connectors/postgres/snapshot.js';

/** Something wrong with a server: what is seen, and what to do. */
export interface ServerFinding {
  id: string;
  /** Findings are told in this order: what stops requests now, what slows them, what will. */
  urgency: 'now' | 'soon' | 'upkeep';
  reason: Text;
  remedy: Text;
  command?: string;
}

export interface ServerUnderStudy {
  snapshot: Snapshot;
  rows(part: SnapshotPart): readonly Row[];
  /** A fact about a subject, read from a part of the snapshot. */
  figure(name: string, about: Subject, value: number, unit: Unit, part: SnapshotPart): Fact;
}

/** One check: a small file in `checks/`. Says nothing where its part is missing. */
export type ServerCheck = (study: ServerUnderStudy) => ServerFinding[];

export function studyOf(snapshot: Snapshot): ServerUnderStudy {
  return {
    snapshot,
    rows: (part) => snapshot.parts[part] ?? [],
    figure: (name, about, value, unit, part) =>
      measured({ name: `database.${name}`, subject: about, value, unit }, [
        { kind: 'query', query: `snapshot of ${part}`, rows: snapshot.parts[part]?.length ?? 0, sources: [] },
      ]),
  };
}

export const number = (row: Row | undefined, column: string): number => numberIn(row, column) ?? 0;
export const text = (row: Row | undefined, column: string): string => textIn(row, column) ?? '';
