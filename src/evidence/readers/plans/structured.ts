import { parse as parseYaml } from 'yaml';
import { isRecord, NotAPlan, type PlanDocument, type PlanDocumentNode, type PlanRecord } from './document.js';
import { readXmlPlans } from './xml.js';

export type StructuredFormat = 'json' | 'yaml' | 'xml';

/** The structured format of a text that holds a plan, or undefined: then it can only be the text format. */
export function structuredFormat(text: string): StructuredFormat | undefined {
  if (/"Node Type"\s*:/.test(text) && /"Plan"\s*:/.test(text))
    return /^\s*-?\s*Plan:/m.test(text) ? 'yaml' : 'json';
  if (/<explain\b|<Node-Type>/.test(text)) return 'xml';
  return /^\s*-?\s*Plan:\s*$/m.test(text) && /Node Type:/.test(text) ? 'yaml' : undefined;
}

/**
 * Every plan in a text of a structured format; what stands around them (a prompt, a heading, a log line) is left out.
 * @throws NotAPlan with the line where the text cannot be read.
 */
export function readStructuredPlans(text: string, format: StructuredFormat): PlanDocument[] {
  const records = format === 'xml' ? readXmlPlans(text) : format === 'yaml' ? readYaml(text) : readJson(text);
  const plans = records.filter(isDocument);
  if (plans.length === 0)
    throw new NotAPlan(`The ${format.toUpperCase()} holds no "Plan" with a "Node Type".`, 1);
  return plans;
}

function isDocument(record: PlanRecord): record is PlanDocument {
  return isRecord(record.Plan) && isNode(record.Plan);
}

function isNode(record: PlanRecord): record is PlanDocumentNode {
  if (typeof record['Node Type'] !== 'string') return false;
  const plans = record.Plans;
  return plans === undefined || (Array.isArray(plans) && plans.every((p) => isRecord(p) && isNode(p)));
}

const recordsOf = (value: unknown): PlanRecord[] =>
  Array.isArray(value) ? value.flatMap(recordsOf) : isRecord(value) ? [value] : [];

/** JSON values that begin a line, one after the other. */
function readJson(text: string): PlanRecord[] {
  const out: PlanRecord[] = [];
  const starts = /^[^\S\n]*[[{]/gm;
  for (let found = starts.exec(text); found; found = starts.exec(text)) {
    const from = found.index + found[0].length - 1;
    const end = endOfJson(text, from);
    const line = text.slice(0, from).split('\n').length;
    if (end === undefined) {
      if (!/"Node Type"/.test(text.slice(from))) continue;
      throw new NotAPlan('The JSON is cut off: a bracket opened here never closes.', line);
    }
    const piece = text.slice(from, end);
    starts.lastIndex = end;
    if (!piece.includes('"Node Type"')) continue;
    try {
      out.push(...recordsOf(JSON.parse(piece)));
    } catch (error) {
      throw new NotAPlan(
        `The JSON that begins here is malformed: ${error instanceof Error ? error.message : ''}`,
        line,
      );
    }
  }
  return out;
}

function endOfJson(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}

function readYaml(text: string): PlanRecord[] {
  const lines = text.split('\n');
  const first = lines.findIndex((l) => /^\s*-?\s*(?:Query Text|Plan):/.test(l));
  const after = lines.findIndex((l, i) => i > first && /^\s*\(\d+ \p{L}+\)\s*$/u.test(l));
  const piece = lines.slice(Math.max(0, first), after < 0 ? undefined : after).join('\n');
  try {
    return recordsOf(parseYaml(piece));
  } catch (error) {
    throw new NotAPlan(
      `The YAML is malformed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
      first + 1,
    );
  }
}
