import { plain, type Result, type Text } from '../../domain/index.js';
import { incidentStart } from '../lookup.js';
import { withoutControls } from '../markdown-escape.js';
import { momentWords } from '../words.js';

/** What others wrote, as one text in which the names and quotes of a report must be found. */
export interface Others {
  /** Whether the case, its telemetry or the sources of facts hold this, but for case and punctuation. */
  wrote(text: string): boolean;
  /** The command of ours that reads so when its numbers have lost their facts. */
  command(text: string): Text | undefined;
}

export function othersOf(result: Result): Others {
  const { case: asked } = result;
  const held = [
    asked,
    result.components,
    result.changes,
    result.changes.map((c) => (c.at ? momentWords(c.at, incidentStart(result)) : '')),
    result.sources,
    result.problems,
    result.redactions,
    result.version,
    result.findings.map((f) => [f.id, f.subject]),
    result.recommendations.map((r) => r.id),
    result.facts.map((f) => [f.name, f.subject, f.condition, f.window, f.from]),
    result.deliverables.map((d) => d.path),
  ];
  const text = bareWords(stringsIn(held).join('¦'));
  const commands = new Map(
    [
      ...result.questions.flatMap((q) => (q.command ? [q.command] : [])),
      ...result.measurements.map((m) => m.command),
      ...result.deliverables.map((d) => d.use),
    ].map((c) => [plain(c).trim(), c]),
  );
  return {
    wrote: (shown) => text.includes(bareWords(withoutControls(shown))),
    command: (shown) => commands.get(shown.trim()),
  };
}

const bareWords = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}¦]+/gu, '');

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
}
