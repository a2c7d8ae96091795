import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { INPUT_KEYS, type InputKey, type Problem } from '../domain/index.js';
import type { Inputs } from './inputs.js';

export interface Window {
  from: string;
  to: string;
}
export interface CaseFile {
  inputs: Inputs;
  windows: { baseline?: Window; incident?: Window };
  sources: CaseSource[];
}

/** A file or folder beside the case, or a system to ask. */
export type CaseSource = { path: string; role?: 'incident' | 'baseline' } | CaseSystem;
export interface CaseSystem {
  system: string;
  name?: string;
  url?: string;
  /** Options of the system: texts, or lists of them. */
  options: Record<string, string | string[]>;
  /** Numbers: calls, bytes, seconds, perSecond. */
  limits: Record<string, number>;
}

/** True when the text is meant as YAML: its first key stands at the start of a line, and most keys do. */
export function looksLikeYaml(text: string): boolean {
  const lines = text.split('\n', 400);
  if (lines.some((l) => /^[ \t]*(?:```|#{1,6}[ \t]+\S.*\*\*|\*\*)/.test(l))) return false;
  const keys = lines.filter((l) =>
    /^(?:app_name|architecture|performance_issues|current_metrics|target_metrics|observability|recent_changes|constraints|workload|dependencies|windows|sources):(?:[ \t]|$)/.test(
      l,
    ),
  );
  // A plain prompt has the same keys with prose after them; block marks, lists or quotes tell them apart.
  const blocks = lines.filter((l) => /^\w+:[ \t]*(?:[|>][-+]?\d?|["'[{].*)?[ \t]*(?:#.*)?$/.test(l));
  return keys.length > 0 && (blocks.some((b) => keys.includes(b)) || lines[0]?.startsWith('---') === true);
}

/** Reads `case.yaml` strictly: unknown keys, wrong kinds and syntax errors are named with line and column. */
export function readCaseFile(text: string): { file: CaseFile; problems: Problem[] } {
  const counter = new LineCounter();
  const problems: Problem[] = [];
  const file: CaseFile = { inputs: {}, windows: {}, sources: [] };
  const doc = parseDocument(text, {
    lineCounter: counter,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
  });
  const at = (offset: number): string => {
    const { line, col } = counter.linePos(offset);
    return `case.yaml, line ${line}, column ${col}`;
  };
  const wrong = (node: Node | null | undefined, what: string, todo: string): void => {
    problems.push({ severity: 'error', what, where: at(node?.range?.[0] ?? 0), todo });
  };
  for (const error of doc.errors.slice(0, 5)) {
    problems.push({
      severity: 'error',
      what: `The YAML cannot be read: ${error.message.split('\n')[0] ?? 'syntax error'}.`.replace(
        /\.\.$/,
        '.',
      ),
      where: at(error.pos[0]),
      todo: 'Mend the line; put text with a colon or a quote in it under `|`.',
    });
  }
  if (doc.errors.length > 0) return { file, problems };
  if (!isMap(doc.contents)) {
    wrong(
      doc.contents,
      'A case file is a map of the ten inputs.',
      'Write `app_name: …` and so on; `kneepoint init` makes one.',
    );
    return { file, problems };
  }
  for (const pair of doc.contents.items) {
    const keyNode = pair.key as Node | null;
    const key = isScalar(keyNode) ? String(keyNode.value) : '';
    const value = pair.value as Node | null;
    if ((INPUT_KEYS as readonly string[]).includes(key)) {
      const text = textOf(value);
      if (text === undefined)
        wrong(
          value ?? keyNode,
          `\`${key}\` must be text or a list of texts.`,
          'Write it as text, or as a list with one point a line.',
        );
      else if (text.trim() !== '') file.inputs[key as InputKey] = text.trim();
    } else if (key === 'windows') readWindows(value, file, wrong);
    else if (key === 'sources') readSources(value, file, wrong);
    else
      wrong(
        keyNode,
        `\`${key.slice(0, 60)}\` is no input of a case.`,
        `Use ${INPUT_KEYS.join(', ')}, windows or sources.`,
      );
  }
  return { file, problems };
}

/** Text, a number, or a list or flat map of them, joined to lines. */
function textOf(node: Node | null | undefined): string | undefined {
  if (node === null || node === undefined) return '';
  if (isScalar(node))
    return node.value === null
      ? ''
      : String(node.source ?? node.value).trim() === ''
        ? ''
        : String(node.value);
  if (isSeq(node)) {
    const parts = node.items.map((i) => textOf(i as Node));
    return parts.some((p) => p === undefined) ? undefined : parts.map((p) => `- ${p}`).join('\n');
  }
  if (isMap(node)) {
    const parts = node.items.map((p) => {
      const value = textOf(p.value as Node);
      return value === undefined || !isScalar(p.key) ? undefined : `- ${String(p.key.value)}: ${value}`;
    });
    return parts.some((p) => p === undefined) ? undefined : parts.join('\n');
  }
  return undefined;
}

type Wrong = (node: Node | null | undefined, what: string, todo: string) => void;
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

function readWindows(node: Node | null, file: CaseFile, wrong: Wrong): void {
  if (!isMap(node)) {
    wrong(
      node,
      '`windows` must name baseline and incident.',
      'Write `windows: {incident: {from: …, to: …}}`.',
    );
    return;
  }
  for (const pair of node.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const value = pair.value as Node | null;
    if (name !== 'baseline' && name !== 'incident') {
      wrong(pair.key as Node, `\`windows.${name.slice(0, 40)}\` is not known.`, 'Use baseline and incident.');
      continue;
    }
    const edge = (which: string): string | undefined => {
      const found = isMap(value) ? value.get(which) : undefined;
      const text =
        found instanceof Date ? found.toISOString() : typeof found === 'string' ? found : undefined;
      return text !== undefined && ISO.test(text) && Number.isFinite(Date.parse(text)) ? text : undefined;
    };
    const from = edge('from');
    const to = edge('to');
    if (from === undefined || to === undefined || Date.parse(from) >= Date.parse(to))
      wrong(
        value,
        `\`windows.${name}\` needs from and to, from before to.`,
        'Write times as 2026-01-31T18:00:00Z.',
      );
    else file.windows[name] = { from, to };
  }
}

function readSources(node: Node | null, file: CaseFile, wrong: Wrong): void {
  if (!isSeq(node)) {
    wrong(node, '`sources` must be a list.', 'Write one path a line, or {path: …, role: incident}.');
    return;
  }
  for (const item of node.items as Node[]) {
    if (isScalar(item) && typeof item.value === 'string') {
      file.sources.push({ path: item.value });
      continue;
    }
    if (isMap(item) && item.has('system')) {
      const system = systemOf(item.toJSON() as Record<string, unknown>);
      if (typeof system === 'string') wrong(item, system, SYSTEM_TODO);
      else file.sources.push(system);
      continue;
    }
    const path = isMap(item) ? item.get('path') : undefined;
    const role = isMap(item) ? item.get('role') : undefined;
    if (typeof path !== 'string' || !(role === undefined || role === 'incident' || role === 'baseline'))
      wrong(
        item,
        'A source is a path, with a role of incident or baseline, or a system with its address.',
        'Write `- {path: traces.json, role: incident}` or `- {system: prometheus, url: http://…}`.',
      );
    else file.sources.push({ path, ...(role ? { role } : {}) });
  }
}

const SYSTEM_TODO =
  'Write `- {system: prometheus, url: http://…}`; options are texts or lists of texts, limits are numbers.';
const LIMITS = ['calls', 'bytes', 'seconds', 'perSecond', 'answerBytes', 'answerSeconds'];

/** A system to ask, or what is wrong with how it is written. */
function systemOf(value: Record<string, unknown>): CaseSystem | string {
  const { system, name, url, limits, ...rest } = value;
  if (typeof system !== 'string' || !(name === undefined || typeof name === 'string'))
    return 'The system or the name of a source is no text.';
  if (!(url === undefined || typeof url === 'string')) return 'The url of a source is no text.';
  const options: CaseSystem['options'] = {};
  for (const [key, given] of Object.entries(rest)) {
    if (Array.isArray(given) && given.every((g) => typeof g === 'string' || typeof g === 'number'))
      options[key] = given.map(String);
    else if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean')
      options[key] = String(given);
    else return `The option \`${key.slice(0, 40)}\` of a source is neither a text nor a list of texts.`;
  }
  const given = Object.entries(typeof limits === 'object' && limits !== null ? limits : {});
  const odd = given.find(([key, n]) => !LIMITS.includes(key) || typeof n !== 'number' || !(n > 0));
  if (odd || (limits !== undefined && typeof limits !== 'object'))
    return `A limit of a source is none of ${LIMITS.join(', ')}, or no number above zero.`;
  return {
    system,
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    options,
    limits: Object.fromEntries(given) as Record<string, number>,
  };
}
