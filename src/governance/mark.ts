/** How a comment is written, by the end of a file's name. */
const COMMENTS: readonly { ends: RegExp; open: string; close?: string }[] = [
  { ends: /\.(?:ya?ml|sh|py|conf|tf|toml|properties|rb)$/, open: '# ' },
  { ends: /\.(?:m?[jt]s|java|go|cs|kt|php)$/, open: '// ' },
  { ends: /\.sql$/, open: '-- ' },
  { ends: /\.(?:ini|lua)$/, open: '; ' },
  { ends: /\.(?:md|html?|xml)$/, open: '<!-- ', close: ' -->' },
];

/**
 * A file with its classification in the first line in which a comment may stand: after `#!` and after what a document
 * must begin with. Unchanged when its format has no comments, as JSON has none: the folder's own note says it then.
 */
export function marked(path: string, text: string, classification: string): string {
  const comment = COMMENTS.find((c) => c.ends.test(path));
  if (!comment) return text;
  const line = `${comment.open}Classification: ${oneLine(classification)}${comment.close ?? ''}\n`;
  const head = /^(?:#!.*\n|<\?xml.*\n|<!doctype[^>]*>\n?)/i.exec(text)?.[0] ?? '';
  return `${head}${line}${text.slice(head.length)}`;
}

/** The note that stands in a folder of deliverables, for the files that cannot carry a comment. */
export const classificationNote = (classification: string): string =>
  `Classification: ${oneLine(classification)}\nIt holds for every file in this folder and below it.\n`;

const oneLine = (word: string): string => word.replace(/[^\w -]/g, '');
