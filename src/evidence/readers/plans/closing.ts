import { addDetail, type DetailLine, plainValue } from './detail-line.js';
import type { PlanRecord, PlanValue } from './document.js';

/** What stands behind the nodes: `Planning`, `JIT` and `Serialization` open sections whose lines are deeper. */
export type Section = 'Planning' | 'JIT' | 'Serialization';

const SECTIONS = new Set<string>(['Planning', 'JIT', 'Serialization']);

/** Adds a line about the whole statement. Returns the section it opens, true when it was one, false when it was none. */
export function addClosing(document: PlanRecord, detail: DetailLine): Section | boolean {
  const { key, value } = detail;
  if (SECTIONS.has(key)) {
    const section: PlanRecord = {};
    if (key === 'Serialization') {
      section.Time = Number(/time=(\d+(?:\.\d+)?)/.exec(value)?.[1] ?? 0);
      section['Output Volume'] = Number(/output=(\d+)/.exec(value)?.[1] ?? 0);
      section.Format = /format=(\w+)/.exec(value)?.[1];
    }
    document[key] = section;
    return key as Section;
  }
  if (key.startsWith('Trigger ')) {
    const triggers = Array.isArray(document.Triggers) ? document.Triggers : [];
    document.Triggers = [...triggers, triggerOf(key.slice('Trigger '.length), value)];
    return true;
  }
  const time = /^(Planning|Execution) time$/i.exec(key)?.[1];
  if (time !== undefined) {
    document[`${time} Time`] = Number.parseFloat(value);
    return true;
  }
  if (/^Total runtime$/i.test(key)) {
    document['Total Runtime'] = Number.parseFloat(value);
    return true;
  }
  if (key === 'Query Identifier') {
    document[key] = Number(value);
    return true;
  }
  if (key === 'Settings') {
    document.Settings = settingsOf(value);
    return true;
  }
  return false;
}

/** A line inside a section. */
export function addToSection(section: PlanRecord, name: Section, detail: DetailLine): void {
  if (name !== 'JIT') {
    if (detail.key === 'Memory') {
      section['Memory Used'] = Number(/used=(\d+)/.exec(detail.value)?.[1] ?? 0);
      section['Memory Allocated'] = Number(/allocated=(\d+)/.exec(detail.value)?.[1] ?? 0);
    } else addDetail(section, detail.key, detail.value);
    return;
  }
  if (detail.key === 'Options')
    section.Options = Object.fromEntries(
      detail.value
        .split(/,\s*/)
        .map((pair) => [pair.split(' ')[0] ?? '', plainValue(pair.split(' ')[1] ?? '')]),
    );
  else if (detail.key === 'Timing') section.Timing = timingOf(detail.value);
  else section[detail.key] = plainValue(detail.value);
}

function timingOf(value: string): PlanRecord {
  const out: PlanRecord = {};
  for (const [, phase, ms, deform] of value.matchAll(
    /(\w+) (\d+(?:\.\d+)?) ms(?: \(Deform (\d+(?:\.\d+)?) ms\))?/g,
  ))
    if (phase && phase !== 'Deform')
      out[phase] = deform === undefined ? Number(ms) : { Deform: Number(deform), Total: Number(ms) };
  return out;
}

/** `work_mem = '8MB', search_path = 'public, shop'`. */
function settingsOf(value: string): PlanRecord {
  const out: PlanRecord = {};
  for (const [, name, setting] of value.matchAll(/([\w.]+) = '((?:[^']|'')*)'/g))
    if (name) out[name] = (setting ?? '').replaceAll("''", "'");
  return out;
}

function triggerOf(title: string, value: string): PlanValue {
  const parts = /^(?:for constraint (.+?)|(.+?)(?: for constraint (.+?))?)(?: on (.+))?$/.exec(title);
  const record: PlanRecord = {};
  if (parts?.[2] !== undefined) record['Trigger Name'] = parts[2];
  const named = parts?.[1] ?? parts?.[3];
  if (named !== undefined) record['Constraint Name'] = named;
  if (parts?.[4] !== undefined) record.Relation = parts[4];
  const time = /time=(\d+(?:\.\d+)?)/.exec(value)?.[1];
  if (time !== undefined) record.Time = Number(time);
  record.Calls = Number(/calls=(\d+)/.exec(value)?.[1] ?? 0);
  return record;
}
