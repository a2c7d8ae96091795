/** Digits that belong to names: p99, k6, HTTP/2, SHA-256, 5xx, N+1, ordinals, sections of the report. */
const NAMES = [
  /\bHTTP\/\d(?:\.\d)?/g,
  /\b[A-Z]{2,}-\d+/g,
  /(?<![\p{L}\p{N}_])\p{L}[\p{L}_]*\d[\p{L}\d_]*(?:\.\d+)?/gu,
  /\b[1-5]xx\b/g,
  /\bN\+1\b/g,
  /\b\d*(?:1st|2nd|3rd|\dth)\b/g,
  /\bsections? (?:10|[1-9])(?:(?:, | and | or |–)(?:10|[1-9]))*\b/gi,
];

const ANY_LANGUAGE = /^/;
const SHELL = /^(?:sh|bash)$/;
const SQL = /^sql$/;
const PROGRAM = /^(?:javascript|js|typescript|java|kotlin|go|python|ruby|php|csharp|rust)$/;

/**
 * Digits that are the grammar of a language, not a quantity. What is a quantity (a port, a limit, the value of an
 * option) stands in the code as the number of a documented constant instead, declared beside the text that uses it.
 */
const GRAMMAR: readonly { language: RegExp; pattern: RegExp; why: string }[] = [
  { language: ANY_LANGUAGE, pattern: /\$\d\b/g, why: 'the place of an argument' },
  { language: ANY_LANGUAGE, pattern: /\b127\.0\.0\.1\b/g, why: 'the name of the machine itself, RFC 1122' },
  { language: SHELL, pattern: /(?<=\s)[12]>(?:&[12]|\/dev\/null)/g, why: 'a stream of the process, POSIX' },
  { language: SQL, pattern: /, 0\)(?= AS|,|$|\s)/g, why: 'NULLIF(n, 0): no division by nothing' },
  {
    language: PROGRAM,
    pattern: /\b(?:let|var|int|long) \w+ = 0\b/g,
    why: 'a counter that has counted nothing',
  },
  { language: PROGRAM, pattern: /\.(?:Acquire|Release)\((?:\w+, )?1\)/g, why: 'one place of a semaphore' },
  {
    language: PROGRAM,
    pattern: /\b1 \+ ◦ \* \(2 \* Math\.random\(\) - 1\)/g,
    why: 'a factor spread evenly about one',
  },
  { language: /^text$/, pattern: /\bcount\(\) > 0\b/g, why: 'TraceQL: any at all' },
  { language: /^markdown$/, pattern: /^\d{1,2}\. /gm, why: 'the number of a step' },
];

/** Stands for a number that leads to its fact. */
export const KNOWN = '◦';

/** The numbers that own words say by themselves. In code, what is grammar of its language is left out. */
export function numbersIn(text: string, language?: string): string[] {
  let rest = text;
  if (language !== undefined)
    for (const g of GRAMMAR) if (g.language.test(language)) rest = rest.replace(g.pattern, ' ');
  for (const name of NAMES) rest = rest.replace(name, ' ');
  return rest.match(/[-−+]?\d[\d\u202f]*(?:[.,:]\d+)*/g) ?? [];
}

/** The words around a number. */
export function around(text: string, number: string): string {
  const at = Math.max(0, text.indexOf(number));
  return text.slice(Math.max(0, at - 50), at + number.length + 50).trim();
}
