import type { Expr } from '../../evidence/readers/promql/ast.js';
import { durationMs } from '../../evidence/readers/promql/duration.js';
import { PromqlError, parsePromql } from '../../evidence/readers/promql/parse.js';
import { FileError, isObject, readYaml, texts } from '../../evidence/readers/yaml-file.js';

export interface Rule {
  kind: 'record' | 'alert';
  name: string;
  text: string;
  expr: Expr;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  forMs: number;
  keepFiringMs: number;
  line: number;
}
export interface RuleGroup {
  name: string;
  intervalMs: number | undefined;
  rules: Rule[];
}

/** Reads a Prometheus rule file. Throws `FileError`. */
export function readRuleFile(text: string): RuleGroup[] {
  const docs = readYaml(text);
  const doc = docs[0];
  const file = doc?.value;
  const inside = isObject(file) && isObject(file.spec) ? file.spec : undefined;
  const groups = isObject(file) ? (file.groups ?? inside?.groups) : undefined;
  if (!doc || !Array.isArray(groups))
    throw new FileError('there are no groups of rules', 1, 'A rule file begins with "groups:".');
  const root = isObject(file) && Array.isArray(file.groups) ? ['groups'] : ['spec', 'groups'];
  return groups.map((g: unknown, i): RuleGroup => {
    if (!isObject(g))
      throw new FileError('a group is no map', doc.lineOf([...root, i]), 'Give it name and rules.');
    const rules = Array.isArray(g.rules) ? g.rules : [];
    return {
      name: String(g.name ?? i),
      intervalMs: g.interval === undefined ? undefined : durationMs(String(g.interval)),
      rules: rules.map((r: unknown, j) => {
        const path = [...root, i, 'rules', j];
        return rule(r, doc.lineOf(path), doc.lineOf([...path, 'expr']));
      }),
    };
  });
}

function rule(r: unknown, line: number, exprLine: number): Rule {
  if (!isObject(r)) throw new FileError('a rule is no map', line, 'Give it record or alert, and expr.');
  const name = r.record ?? r.alert;
  if (typeof name !== 'string')
    throw new FileError('a rule has neither record nor alert', line, 'Name what it records, or the alert.');
  if (r.expr === undefined) throw new FileError(`${name} has no expr`, line, 'Give its expression.');
  const text = String(r.expr);
  const duration = (key: string): number => {
    const value = r[key];
    const ms = value === undefined ? 0 : durationMs(String(value));
    if (ms === undefined)
      throw new FileError(`${name}: ${key} "${String(value)}" is no duration`, line, 'Write it like 5m.');
    return ms;
  };
  return {
    kind: r.record !== undefined ? 'record' : 'alert',
    name,
    text,
    expr: parsed(text, name, exprLine),
    labels: texts(r.labels),
    annotations: texts(r.annotations),
    forMs: duration('for'),
    keepFiringMs: duration('keep_firing_for'),
    line,
  };
}

function parsed(text: string, name: string, line: number): Expr {
  try {
    return parsePromql(text);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const before = text.slice(0, error.at).split('\n').length - 1;
    throw new FileError(`${name}: ${error.message}`, line + before, 'Mend the expression.');
  }
}
