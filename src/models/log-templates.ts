/** A pattern of log messages: its constant words, with `<*>` where they vary. */
export interface LogTemplate {
  id: number;
  words: string[];
  count: number;
}

const VARIABLE = '<*>';
/** Share of equal words from which a message belongs to a template; the default of the paper's authors. */
const SIMILARITY = 0.5;
/** Leading words that the tree looks at. */
const DEPTH = 2;
/** Words beyond this many say no more about the kind of message. */
const MOST_WORDS = 60;
/** Templates of one leaf; what is beyond joins the most similar one, so that hostile input cannot fill the memory. */
const MOST_IN_LEAF = 200;

/**
 * A streaming miner of log templates: messages of one length and with the same leading words meet in a leaf and join
 * the most similar template there, whose differing words become variable. One pass, memory by the number of templates.
 * (P. He, J. Zhu, Z. Zheng and M. R. Lyu, Drain: An Online Log Parsing Approach with Fixed Depth Tree, ICWS 2017.)
 * Two differences: what looks like a value (numbers, ids, addresses, quoted text) is variable from the start, and a
 * leading word with a digit is no branch. The same messages in the same order give the same templates.
 */
export function logMiner(): { add(message: string): LogTemplate; templates(): LogTemplate[] } {
  const leaves = new Map<string, LogTemplate[]>();
  const all: LogTemplate[] = [];
  return {
    add(message) {
      const words = wordsOf(message);
      const key = `${words.length} ${words.slice(0, DEPTH).map(branch).join(' ')}`;
      const leaf = leaves.get(key) ?? [];
      leaves.set(key, leaf);
      const [nearest, similarity] = mostSimilar(leaf, words);
      if (nearest && (similarity >= SIMILARITY || leaf.length >= MOST_IN_LEAF)) {
        nearest.words = nearest.words.map((w, i) => (w === words[i] ? w : VARIABLE));
        nearest.count++;
        return nearest;
      }
      const fresh: LogTemplate = { id: all.length, words, count: 1 };
      leaf.push(fresh);
      all.push(fresh);
      return fresh;
    },
    templates: () => all,
  };
}

/** The words of a message; those that look like values are `<*>`. */
export function wordsOf(message: string): string[] {
  const line = message.slice(0, 2000).split('\n', 1)[0] ?? '';
  return line
    .replace(/"(?:[^"\\]|\\.){0,400}"|'[^']{1,200}'/g, VARIABLE)
    .split(/[\s,;]+/)
    .filter((w) => w !== '')
    .slice(0, MOST_WORDS)
    .map((w) => w.replace(VALUES, VARIABLE));
}

/** Ids, addresses, numbers with and without unit, times; also as the value of `key=value`. */
const VALUES =
  /(?<![\p{L}\p{N}])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}|0x[0-9a-f]+|[0-9a-f]{12,}|\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?|\d+(?:[.:]\d+)*(?:[%a-z]{1,3})?)(?![\p{L}])|(?<==)[^\s=]*\d[^\s=]*/giu;

/** The branch of a leading word: one for all words that hold a digit. */
const branch = (word: string): string => (/\d/.test(word) ? VARIABLE : word);

function mostSimilar(
  leaf: readonly LogTemplate[],
  words: readonly string[],
): [LogTemplate | undefined, number] {
  let best: LogTemplate | undefined;
  let highest = -1;
  for (const template of leaf) {
    let equal = 0;
    for (let i = 0; i < words.length; i++) if (template.words[i] === words[i]) equal++;
    const similarity = words.length === 0 ? 1 : equal / words.length;
    if (similarity > highest) [best, highest] = [template, similarity];
  }
  return [best, highest];
}
