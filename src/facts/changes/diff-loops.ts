import { codeOf, type Diff, type DiffLine } from './diff-lines.js';

const LOOP =
  /^\s*(?:\}\s*)?(?:for\b|foreach\b|while\b|loop\b|until\b)|\.(?:forEach|map|flatMap|filter|reduce|each|each_with_index|times|stream\(\)|Select|ForEach)\b|\bfor\s+[\w, ()]+\s+in\b|\brange\s*\(/;

/** A call that leaves the process: a query, a cache command, a request. */
export const REMOTE =
  /\b(?:await\s+)?[\w.>-]*(?:db|client|repo|repository|store|catalog|api|svc|service|gateway|conn|connection|session|redis|cache|http|grpc|stub|cursor|orm|objects|queue|producer|publisher|bucket|s3|dao|mapper|entitymanager|em|prisma|knex)\w*(?:\(\))?(?:\??\.|->)[\w.]*(?:get|find|fetch|load|query|exec|execute|call|list|lookup|send|post|put|select|first|where|do|invoke|request|publish|save|insert|update|count|one|all)\w*\s*[(<]|\b(?:fetch|axios(?:\.\w+)?|requests\.(?:get|post|put|request)|http\.(?:Get|Post)|urlopen|got|httpx\.\w+)\s*\(|\b(?:Query|QueryRow|Exec)(?:Context)?\s*\(|\.(?:find_by|find_each|where|pluck)\s*[(!]|\b[A-Z]\w+\.(?:find|find_by|where|first|objects|query)\b[^;]*\(|\b(?:SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\b.+\bSET|DELETE\s+FROM)\b|\b\w*(?:client|stub|gateway|repository|repo|dao|svc)(?:\(\))?(?:\??\.|->)\w+\s*\(/i;

/** What most likely leaves the process: it is handed the request's context, or awaited. */
const MAYBE_REMOTE =
  /(?<!log|logger|slog|zap)(?:\.|->)\w+\(\s*ctx\b|\bawait\s+(?!Promise\.all|asyncio\.(?:gather|sleep))[\w.]+\(/;
const asks = (code: string): boolean => REMOTE.test(code) || MAYBE_REMOTE.test(code);

/** A loop that tries again rather than going through elements. */
const TRIES =
  /\battempts?\b|\bretr(?:y|ies)\b|\btries\b|\bfor\s*\(?[^;]*;\s*\w+\s*<=?\s*\d+\s*;|\brange\(\d+\)|\b\d+\.times\b/i;

/** Work that grows with what it is done to, or that is made anew each time. */
const WORK =
  /\.(?:sort|sortBy|sort_by|indexOf|includes|find|filter|contains|containsAll|Contains)\s*\(|\bsorted\s*\(|JSON\.(?:parse|stringify)|json\.(?:loads|dumps|Marshal|Unmarshal)|new RegExp|re\.compile|regexp\.(?:MustCompile|Compile)|Pattern\.compile|Regex\.new|new ObjectMapper|deepcopy|cloneDeep|structuredClone|copy\.deepcopy/;

const indentOf = (text: string): number => text.length - text.trimStart().length;

/** Added lines of loops' bodies, with how many loops they stand in; what stands above a hunk is not known. */
function inLoops(diff: Diff): { line: DiffLine; depth: number; opens: boolean }[] {
  const found: { line: DiffLine; depth: number; opens: boolean }[] = [];
  let open: number[] = [];
  diff.lines.forEach((line, i) => {
    if (diff.starts.has(i)) open = [];
    if (line.mark === '-') return;
    const code = codeOf(line);
    const indent = indentOf(line.text);
    const opens = LOOP.test(code);
    // A closing bracket alone ends nothing that its own indentation does not end.
    open = open.filter((at) => indent > at || (indent === at && /^\s*[)}\]]/.test(code) && !opens));
    if (line.mark === '+') found.push({ line, depth: open.length, opens });
    if (opens && !/[;]\s*$/.test(code.replace(/\bfor\s*\([^)]*\)/, ''))) open.push(indent);
  });
  return found;
}

/** A loop whose body gained a remote call, where the lines that went made none. */
export function callInLoop(diff: Diff): DiffLine | undefined {
  if (triesAgain(diff)) return undefined;
  if (diff.lines.some((l) => l.mark === '-' && remoteInLoop(l, diff))) return undefined;
  return inLoops(diff).find(({ line, depth, opens }) => {
    const code = codeOf(line);
    return asks(code) && (depth > 0 || (opens && bodyOnLine(code)));
  })?.line;
}

/** A loop that makes a call again when it fails, where it was made once. */
export function triesAgain(diff: Diff): DiffLine | undefined {
  const header = diff.lines.find((l) => l.mark === '+' && LOOP.test(codeOf(l)) && TRIES.test(codeOf(l)));
  return header && diff.lines.some((l) => l.mark === '+' && asks(codeOf(l))) ? header : undefined;
}

/** The loop and its body stand on one line: the call is not what is looped over. */
function bodyOnLine(code: string): boolean {
  const header =
    /\bfor\b[^{:]*[{:]|\bfor\s*\([^)]*\)|\.(?:forEach|map|flatMap|each|stream\(\)[^(]*)\s*[({]|\bfor\s+[\w, ()]+\s+in\b/.exec(
      code,
    );
  if (!header) return false;
  // A comprehension has its body before the `for`.
  const comprehension = /^[^[({]*[[({](.*)\bfor\b/.exec(code);
  if (comprehension && !/^\s*for\b/.test(code)) return asks(comprehension[1] ?? '');
  return asks(code.slice(header.index + header[0].length));
}

function remoteInLoop(line: DiffLine, diff: Diff): boolean {
  if (!asks(codeOf(line))) return false;
  if (LOOP.test(codeOf(line))) return true;
  const at = diff.lines.indexOf(line);
  for (let i = at - 1; i >= 0 && at - i < 30; i--) {
    const above = diff.lines[i] as DiffLine;
    if (above.mark !== '+' && LOOP.test(codeOf(above)) && indentOf(above.text) < indentOf(line.text))
      return true;
    if (diff.starts.has(i)) break;
  }
  return false;
}

/** Costly work for each element: a loop added within a loop, or sorting, parsing, compiling, searching in one. */
export function workInLoop(diff: Diff): DiffLine | undefined {
  const gone = new Set(
    diff.lines.filter((l) => l.mark === '-').flatMap((l) => WORK.exec(codeOf(l))?.[0] ?? []),
  );
  return inLoops(diff).find(({ line, depth, opens }) => {
    const work = WORK.exec(codeOf(line))?.[0];
    const block = /^\s*(?:for|foreach|while)\b/.test(codeOf(line));
    return depth > 0 && ((work !== undefined && !gone.has(work)) || (opens && block && depth >= 1));
  })?.line;
}

/** A line written to the log for each element. */
export function logInLoop(diff: Diff): DiffLine | undefined {
  return inLoops(diff).find(({ line, depth }) => depth > 0 && LOG.test(codeOf(line)))?.line;
}

export const LOG =
  /\b(?:console|log|logger|logging|slog|zap|LOG|_logger|Rails\.logger|fmt)\s*\.\s*(?:log|trace|debug|info|warn|warning|error|Print\w*|Debug\w*|Info\w*|Log\w*)\s*\(|\bprintln!?\s*\(|\bSystem\.out\.print/;
