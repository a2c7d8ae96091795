import { type Case, INPUT_KEYS, type Problem, subject } from '../domain/index.js';
import { changesOf } from './changes.js';
import { checkText } from './check.js';
import { constraintsOf } from './constraints.js';
import { dedupe } from './dedupe.js';
import { type Frame, frameOf } from './frame.js';
import type { Inputs } from './inputs.js';
import { leftOver } from './left-over.js';
import { readParts } from './parts.js';
import { productsIn } from './products.js';
import { splitPrompt } from './prompt.js';
import { sortProse } from './prose.js';
import { factsOf } from './stated-facts.js';
import { symptomsOf } from './symptoms.js';
import { writesDecimalCommas } from './tokens.js';
import { toolsOf } from './tools.js';
import { traitsOf } from './traits.js';
import { type CaseFile, looksLikeYaml, readCaseFile } from './yaml.js';

export interface ReadCase {
  case: Case;
  problems: Problem[];
  /** From `case.yaml` only. */
  windows?: CaseFile['windows'];
  sources?: CaseFile['sources'];
}

/** A case for telemetry alone: nothing was said. */
export function emptyCase(appName = 'the system'): Case {
  return {
    appName,
    app: subject('service', appName),
    inputs: {},
    facts: [],
    components: [],
    links: [],
    symptoms: [],
    changes: [],
    constraints: [],
    classes: [],
    tools: [],
    traits: [],
    notUnderstood: [],
  };
}

/**
 * Reads prompt text or `case.yaml` text. Never throws: what cannot be read is a problem with its place. The same text
 * gives the same case.
 */
export function readCase(text: string): ReadCase {
  const checked = checkText(text);
  if (checked.problem) return { case: emptyCase(), problems: [checked.problem] };
  const clean = checked.text;
  const problems: Problem[] = [];
  let inputs: Inputs;
  let file: CaseFile | undefined;
  if (looksLikeYaml(clean)) {
    const read = readCaseFile(clean);
    problems.push(...read.problems);
    if (problems.some((p) => p.severity === 'error')) return { case: emptyCase(), problems };
    file = read.file;
    inputs = file.inputs;
  } else inputs = splitPrompt(clean);
  if (Object.keys(inputs).length === 0 && file) {
    problems.push({
      severity: 'warning',
      what: 'None of the ten inputs of the case file is filled in.',
      where: 'case.yaml',
      todo: 'Write what is known after the keys; a sentence each is enough.',
    });
  } else if (Object.keys(inputs).length === 0) {
    const sorted = sortProse(clean);
    const kinds = Object.keys(sorted).filter((k) => k !== 'app_name').length;
    inputs =
      kinds > 1
        ? sorted
        : { ...(sorted.app_name ? { app_name: sorted.app_name } : {}), performance_issues: clean };
    problems.push({
      severity: 'note',
      what:
        kinds > 1
          ? 'The text names none of the ten inputs; its sentences were sorted into them by what they say.'
          : 'The text names none of the ten inputs; all of it was read as performance_issues.',
      where: 'case text, line 1',
      todo: 'Start lines with [app_name]:, [architecture]: and so on, so that each number is read for what it is.',
    });
  }
  return {
    case: understand(inputs),
    problems,
    ...(file && Object.keys(file.windows).length > 0 ? { windows: file.windows } : {}),
    ...(file && file.sources.length > 0 ? { sources: file.sources } : {}),
  };
}

const NAME_LIMIT = 80;

/** "Ledgerly (multi-tenant accounting)" is called Ledgerly in what follows; what stands in parentheses explains it. */
function shortName(given: string, architecture: string): string {
  const open = given.indexOf(' (');
  if (open < 2 || !given.endsWith(')')) return given;
  // "Catalog Search (search-api + indexer)": an identifier that is a part of the system stays in its name.
  const identifiers = given.slice(open).match(/[a-z0-9]+(?:[-_][a-z0-9]+)+/g) ?? [];
  return identifiers.some((x) => architecture.includes(x)) ? given : given.slice(0, open);
}

const unquoted = (name: string): string => name.replace(/^["“'](.{2,60}?)["”'](?=$| \()/, '$1');

/** "Lumen (PHP 8.1, 3 VMs x 60 children)": what stands behind the name belongs to the architecture. */
function withAppDetails(inputs: Inputs): Inputs {
  const inside = / \(([^()]{4,200})\)$/.exec((inputs.app_name ?? '').split('\n')[0]?.trim() ?? '')?.[1];
  if (!inside || productsIn(inside).length === 0) return inputs;
  return { ...inputs, architecture: inputs.architecture ? `${inside}\n${inputs.architecture}` : inside };
}

function understand(given: Inputs): Case {
  const inputs = withAppDetails(given);
  const appName =
    shortName(unquoted((inputs.app_name?.split('\n')[0] ?? '').trim()), given.architecture ?? '').slice(
      0,
      NAME_LIMIT,
    ) || 'the system';
  const app = subject('service', appName);
  const pointsGroup = INPUT_KEYS.some((key) => writesDecimalCommas(inputs[key] ?? ''));
  const frames: Frame[] = INPUT_KEYS.flatMap((key) => {
    const text = inputs[key];
    return text === undefined || key === 'app_name' ? [] : [frameOf(key, text, pointsGroup)];
  });
  const parts = readParts(frames, app, inputs.app_name?.split('\n')[0] ?? '');
  const read = frames
    .filter((f) => f.input !== 'observability')
    .map((frame) => ({ frame, ...factsOf(frame, parts, app) }));
  const { facts, idOf } = dedupe(read.flatMap((r) => r.reads.map((x) => x.fact)));
  const linked = read.map((r) => ({ ...r, reads: r.reads.map((x) => ({ ...x, id: idOf(x.fact) })) }));
  const symptoms = linked.flatMap((r) => symptomsOf(r.frame, r.reads, r.mentions, app));
  const changes = linked.flatMap((r) => changesOf(r.frame, r.mentions, app));
  const constraints = linked.flatMap((r) => constraintsOf(r.frame, r.reads, r.mentions));
  const tools = frames.flatMap((f) => toolsOf(f));
  const traits = frames.flatMap((f) => traitsOf(f));
  return {
    appName,
    app,
    inputs,
    facts,
    components: parts.components,
    links: parts.links,
    symptoms,
    changes,
    constraints,
    classes: classesOf(
      linked.flatMap((r) => r.classes),
      facts,
    ),
    tools,
    traits,
    notUnderstood: linked.flatMap((r) => leftOver(r.frame, r)),
  };
}

function classesOf(found: readonly Case['classes'][number][], facts: Case['facts']): Case['classes'] {
  const seen = new Set<string>();
  return found.flatMap((c) => {
    if (seen.has(c.subject.id)) return [];
    seen.add(c.subject.id);
    const share = facts.find((f) => f.name === 'mix.share' && f.subject.id === c.subject.id);
    return [{ ...c, ...(share ? { share: share.id } : {}) }];
  });
}
