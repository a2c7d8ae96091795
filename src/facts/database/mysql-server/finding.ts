import { type Fact, measured, type Subject, type Unit } from '../../../domain/index.js';
import type { MysqlPart, MysqlSnapshot } from '../../../evidence/connectors/mysql/snapshot.js';
import { numberIn, type Row, textIn } from '../../../evidence/connectors/postgres/database.js';
import type { ServerFinding } from '../server/finding.js';

export interface MysqlUnderStudy {
  snapshot: MysqlSnapshot;
  rows(part: MysqlPart): readonly Row[];
  /** A counter or gauge of SHOW GLOBAL STATUS; undefined where the server has none of that name. */
  status(name: string): number | undefined;
  /** A setting as written. */
  setting(name: string): string | undefined;
  /** A fact about a subject, read from a part of the snapshot. */
  figure(name: string, about: Subject, value: number, unit: Unit, part: MysqlPart): Fact;
}

/** One check: a small file in `checks/`. Says nothing where its part is missing. */
export type MysqlCheck = (study: MysqlUnderStudy) => ServerFinding[];

export function studyOf(snapshot: MysqlSnapshot): MysqlUnderStudy {
  const rows = (part: MysqlPart): readonly Row[] => snapshot.parts[part] ?? [];
  const named = (part: 'status' | 'settings', name: string): Row | undefined =>
    rows(part).find((r) => textIn(r, 'Variable_name') === name);
  return {
    snapshot,
    rows,
    status: (name) => numberIn(named('status', name), 'Value'),
    setting: (name) => textIn(named('settings', name), 'Value'),
    figure: (name, about, value, unit, part) =>
      measured({ name: `database.${name}`, subject: about, value, unit }, [
        { kind: 'query', query: `snapshot of ${part}`, rows: rows(part).length, sources: [] },
      ]),
  };
}
