/** A value in a plan as PostgreSQL's own JSON form would hold it. */
export type PlanValue = string | number | boolean | PlanValue[] | PlanRecord;

/** Keys are PostgreSQL's: `Node Type`, `Actual Total Time`, `Shared Hit Blocks`. */
export interface PlanRecord {
  [key: string]: PlanValue | undefined;
}

/** One node of a plan; `Plans` holds its children. */
export interface PlanDocumentNode extends PlanRecord {
  'Node Type': string;
  Plans?: PlanDocumentNode[];
}

/** What one EXPLAIN told, in the keys of `FORMAT JSON`, whatever format it was written in. */
export interface PlanDocument extends PlanRecord {
  Plan: PlanDocumentNode;
}

/** Why a text is no plan: what is wrong and in which line (counted from 1). */
export class NotAPlan extends Error {
  constructor(
    readonly what: string,
    readonly line: number,
  ) {
    super(what);
  }
}

/** The number under a key, or undefined; numbers written as text count. */
export function numberAt(record: PlanRecord | undefined, key: string): number | undefined {
  const value = record?.[key];
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** The text under a key, or undefined. */
export function textAt(record: PlanRecord | undefined, key: string): string | undefined {
  const value = record?.[key];
  return typeof value === 'string' ? value : undefined;
}

export const isRecord = (value: unknown): value is PlanRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
