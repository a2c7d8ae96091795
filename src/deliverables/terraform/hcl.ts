import { join, type NumberSegment, type Segment, type Text } from '../../domain/index.js';
import { type Json, literal, quoted } from '../text.js';

/** An expression that is written as it stands: a reference, a function call. Of our own words only. */
export interface Expression {
  expression: string;
}
export type HclItem = Block | readonly [name: string, value: Json | Expression | undefined];
/** A block of Terraform's language: its type, its labels, and arguments or blocks inside. */
export interface Block {
  block: string;
  labels: readonly string[];
  body: readonly HclItem[];
}

export const expression = (text: string): Expression => ({ expression: text });
export const block = (type: string, labels: readonly string[], body: readonly HclItem[]): Block => ({
  block: type,
  labels,
  body,
});

/** A file in HCL (HashiCorp's "HCL Native Syntax Specification"); numbers of facts keep their facts. */
export const hclFile = (blocks: readonly Block[]): Text =>
  blocks.flatMap((b, i) => [...(i === 0 ? [] : ['\n']), ...lines(b, '')]);

function lines(b: Block, indent: string): Text {
  const labels = b.labels.map((l) => ` ${literal(l)}`).join('');
  if (b.body.length === 0) return [`${indent}${b.block}${labels} {}\n`];
  return [`${indent}${b.block}${labels} {\n`, ...bodyLines(b.body, `${indent}  `), `${indent}}\n`];
}

/** Arguments and blocks; the signs of arguments on neighbouring lines stand below one another, as `terraform fmt` has it. */
function bodyLines(body: readonly HclItem[], indent: string): Text {
  const out: Text = [];
  let run: [name: string, value: Text][] = [];
  const close = (): void => {
    const width = Math.max(...run.map(([name]) => name.length));
    for (const [name, text] of run) out.push(`${indent}${name.padEnd(width)} = `, ...text, '\n');
    run = [];
  };
  for (const item of body) {
    if ('block' in item) {
      close();
      out.push(...lines(item, indent));
      continue;
    }
    const [name, given] = item;
    if (given === undefined) continue;
    if (isObject(given)) {
      close();
      out.push(`${indent}${name} = {\n`, ...bodyLines(Object.entries(given), `${indent}  `), `${indent}}\n`);
    } else run.push([name, value(given)]);
  }
  close();
  return out;
}

function value(v: Json | Expression): Text {
  if (v === null || typeof v === 'boolean' || typeof v === 'number') return [String(v)];
  if (typeof v === 'string') return [forHcl(literal(v))];
  if (isExpression(v)) return [v.expression];
  if (isNumber(v)) return [v];
  if (isText(v)) return quoted(v.text).map((s): Segment => (typeof s === 'string' ? forHcl(s) : s));
  if (Array.isArray(v)) return ['[', ...join(v.map(value), ', '), ']'];
  return [
    '{',
    ...join(
      Object.entries(v).map(([k, x]) => [`${k} = `, ...value(x ?? null)]),
      ', ',
    ),
    '}',
  ];
}

/** A dollar or per cent sign before a brace would begin a template; an angle bracket is harmless here. */
const forHcl = (text: string): string => text.replace(/([$%])\{/g, '$1$1{').replaceAll('\\u003c', '<');

const isExpression = (v: object): v is Expression =>
  'expression' in v && typeof (v as { expression: unknown }).expression === 'string';
const isNumber = (v: object): v is NumberSegment => 'n' in v && 'ref' in v;
const isText = (v: object): v is { text: Text } =>
  'text' in v && Array.isArray((v as { text: unknown }).text) && Object.keys(v).length === 1;
const isObject = (v: Json | Expression): v is { [key: string]: Json | undefined } =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !isExpression(v) && !isNumber(v) && !isText(v);

/** A name of a resource: letters, digits and underscores, not beginning with a digit. */
export const resourceName = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .replace(/^(?=\d)/, 'n') || 'unnamed';

/** What every file begins with: the provider, and the variables that are asked for. */
export function head(
  provider: { name: string; source: string; version: string },
  variables: readonly { name: string; type: string; about: string; fallback?: Json }[],
): Block[] {
  return [
    block(
      'terraform',
      [],
      [
        block(
          'required_providers',
          [],
          [[provider.name, { source: provider.source, version: provider.version }]],
        ),
      ],
    ),
    ...variables.map((v) =>
      block(
        'variable',
        [v.name],
        [
          ['type', expression(v.type)],
          ['description', v.about],
          ['default', v.fallback],
        ],
      ),
    ),
  ];
}
