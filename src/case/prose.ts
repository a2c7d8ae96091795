import { INPUT_KEYS, type InputKey } from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';
import type { Inputs } from './inputs.js';
import { productsIn } from './products.js';

/**
 * Sorts prose that names none of the inputs into them, sentence by sentence, by what a sentence says: what is wanted,
 * what changed, what must not change, what the system is made of, how it is watched. What says none of these is a
 * symptom. A text that gives one kind only is left as it is.
 */
export function sortProse(text: string): Inputs {
  const found = new Map<InputKey, string[]>();
  const add = (key: InputKey, part: string): void => {
    if (part.trim() !== '') found.set(key, [...(found.get(key) ?? []), part.trim()]);
  };
  for (const sentence of sentencesOf(text)) {
    if (ADDRESS.test(sentence)) continue;
    const cause = BECAUSE.exec(sentence);
    if (cause?.[1]) {
      add('recent_changes', cause[1]);
      add(
        'performance_issues',
        `${sentence.slice(0, cause.index).trimEnd()}${sentence.slice(cause.index + cause[0].length)}`,
      );
      continue;
    }
    const key = kindOf(sentence);
    const but = key === 'target_metrics' ? /,? without /i.exec(sentence) : null;
    if (but) {
      add(key, sentence.slice(0, but.index));
      add('constraints', sentence.slice(but.index).replace(/^,? /, ''));
    } else add(key, sentence);
  }
  const name = nameIn(text);
  const inputs: Inputs = name === undefined ? {} : { app_name: name };
  for (const key of INPUT_KEYS) {
    const parts = found.get(key);
    if (parts) inputs[key] = parts.join('\n');
  }
  return inputs;
}

/** What is said to the reader, not about the system. */
const ADDRESS =
  /^(?:you are|act as|please|here (?:is|are)|inputs?\b|tasks?\b|produce|summari[sz]e|format|hi|hello|hey|dear|thanks|thank you|use the|fill|help|can you|could you|what (?:should|can|do)|how (?:should|can|do)|any ideas|#+)\b/i;

/** Sentences and lines; a text of one sentence is taken apart at its commas, so that its parts can be told apart. */
function sentencesOf(text: string): string[] {
  const lines = text.split('\n').flatMap((l) => l.split(/(?<=[.!?])\s+(?=["“(]?\p{Lu})/u));
  const said = lines.map((l) => l.trim()).filter((l) => l !== '');
  const [only] = said;
  return said.length === 1 && only ? stackApart(only) : said;
}

/** "…, node + mongo 6, …": a clause of product names alone is the architecture of a one-line text. */
function stackApart(line: string): string[] {
  const clauses = line.split(/, /);
  const stack = clauses.filter(
    (c) =>
      /[+→&]|->| \/ /.test(c) &&
      !/\d\s?(?:%|ms|s\b|k?\/s|\/\d)|\d ?(?:->|→)/.test(c) &&
      productsIn(c).length > 0,
  );
  const rest = clauses.filter((c) => !stack.includes(c));
  return rest.length === 0 ? [line] : [...stack, rest.join(', ')];
}

const CHANGED =
  /\b(?:deployed|upgraded|migrated|switched|moved|introduced|rolled out|added|changed|released|enabled|replaced|launched|removed|turned (?:on|off)|bumped|rewrote|rewritten|increased|reduced|lowered|raised|shipped|went live|updated)\b/i;
const WHEN =
  /\b(?:ago|yesterday|last (?:week|month|night|quarter|year|sprint|release|\w+day)|recently|since (?:then|last)|two weeks|this (?:week|month)|on \w+day|also)\b/i;

function kindOf(sentence: string): InputKey {
  const products = productsIn(sentence);
  const tools = products.filter((p) => (productEntry(p.product)?.roles.length ?? 0) > 0);
  const numbers = /\d/.test(sentence);
  if (tools.length > 0 && tools.length === products.length && !numbers) return 'observability';
  if (
    numbers &&
    /\b(?:want|need to|needs to|goal|target|targets|aim|slo|sla|objective|would like|we'd like|should (?:be|stay|handle)|has to (?:be|stay|handle)|must (?:be|handle|serve|finish))\b/i.test(
      sentence,
    )
  )
    return 'target_metrics';
  if (
    /\b(?:cannot|can't|can not|must (?:not|stay|remain|keep)|not allowed|no budget|budget (?:is|of|flat)|compliance|gdpr|pci|hipaa|soc ?2|frozen|freeze|contractually|not an option)\b/i.test(
      sentence,
    )
  )
    return 'constraints';
  if (CHANGED.test(sentence) && WHEN.test(sentence)) return 'recent_changes';
  const parts = products.length - tools.length;
  const built =
    /\b(?:is an?|runs? (?:on|in|as)|built (?:on|with|in)|behind|backed by|consists|talks to|hosted|deployed (?:on|to)|in front of|stack|written in|we (?:use|run|operate))\b/i;
  const chained = /→|->|=>| \+ /.test(sentence.replace(/\d[\d.,]*\s?\w{0,3}\s?(?:→|->|=>)\s?\d/g, ''));
  if (parts > 0 && (chained || built.test(sentence) || parts > 2)) return 'architecture';
  if (
    numbers &&
    /\b(?:page views|users|visitors|a day|per day|daily|in the evening|evenings|weekends?|seasonal|reads?|writes?|payloads?)\b/i.test(
      sentence,
    ) &&
    !/\b(?:p\d\d|latency|slow|error|fail|timeout|ms)\b/i.test(sentence)
  )
    return 'workload';
  return 'performance_issues';
}

/** The input that a sentence plainly belongs to; undefined when it may as well go on with what was said before. */
export function strayKind(sentence: string): InputKey | undefined {
  const kind = kindOf(sentence.trim());
  return kind === 'recent_changes' || kind === 'constraints' || kind === 'observability' ? kind : undefined;
}

/** "… after we enabled customer prices ten days ago, and …": the change inside a symptom. */
const BECAUSE = /,? (?:after|since) (we (?:\w+ ){1,2}[^,.;]{4,90}?(?:ago|yesterday|last \w+))\b/i;

const SYSTEM =
  'crm|erp|portal|game|site|app|application|service|platform|system|product|shop|store|api|backend|project|tool';
/** "Our site “Plantly”", "a service called ledger-core": the name by which the text calls the system. */
function nameIn(text: string): string | undefined {
  const quoted = new RegExp(`\\b(?:${SYSTEM})[ ,:]+["“'«]([^"”'»\\n]{2,40})["”'»]`, 'i').exec(text)?.[1];
  const called = new RegExp(
    `\\b(?:${SYSTEM}),? (?:called|named) ["“'«]?([\\p{L}\\p{N}][\\p{L}\\p{N}_.-]{1,39})`,
    'iu',
  ).exec(text)?.[1];
  const apposed = new RegExp(`\\b(?:${SYSTEM}), (\\p{Lu}[\\p{L}\\p{N}_-]{2,30})[:,.]`, 'u').exec(text)?.[1];
  const run = /\bwe (?:run|operate|own|maintain|build|develop) ["“'«]([^"”'»\n]{2,40})["”'»]/i.exec(
    text,
  )?.[1];
  return quoted ?? run ?? called?.replace(/[.]$/, '') ?? apposed;
}
