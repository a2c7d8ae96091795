import { LineCounter, type Node, parseAllDocuments } from 'yaml';

/** What was wrong in a file, on which line, and what to do. */
export class FileError extends Error {
  constructor(
    readonly what: string,
    readonly line: number,
    readonly todo: string,
  ) {
    super(`line ${line}: ${what}`);
  }
}

export type YamlPath = readonly (string | number)[];
export interface YamlDocument {
  value: unknown;
  /** Line of a value; of the nearest one around it when it is not there. */
  lineOf(path: YamlPath): number;
}

/** Every document of a YAML file with a way to its lines. Throws `FileError` where the text is no YAML. */
export function readYaml(text: string): YamlDocument[] {
  const counter = new LineCounter();
  const line = (offset: number): number => Math.max(1, counter.linePos(offset).line);
  return [...parseAllDocuments(text, { lineCounter: counter })].map((doc): YamlDocument => {
    const [error] = doc.errors;
    if (error)
      throw new FileError(
        (error.message.split(' at line')[0] ?? 'this is no YAML').trim(),
        line(error.pos[0]),
        'Mend the YAML: indentation, quotes, or a key given twice.',
      );
    return {
      value: plainValue(doc),
      lineOf(path) {
        for (let n = path.length; n > 0; n--) {
          const node = doc.getIn(path.slice(0, n), true) as Node | undefined;
          if (node?.range) return line(node.range[0]);
        }
        return doc.contents?.range ? line(doc.contents.range[0]) : 1;
      },
    };
  });
}

function plainValue(doc: { toJS(o: { maxAliasCount: number }): unknown }): unknown {
  try {
    return doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new FileError(
      error instanceof Error ? error.message : 'its aliases cannot be resolved',
      1,
      'Write the values out.',
    );
  }
}

export const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);
export const texts = (x: unknown): Record<string, string> =>
  isObject(x) ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, String(v ?? '')])) : {};
