import type { Commit } from './evidence.js';

/** What a diff does that can alter performance or correctness. */
export const DIFF_MECHANISMS = [
  'call-in-loop', // a query or remote call now runs once per element
  'call-added', // a query or remote call now runs where none did
  'limit-lowered', // pool, workers, connections, quota, memory, replicas
  'limit-raised',
  'timeout-changed',
  'retry-added',
  'check-removed', // a null check, guard or error handler is gone
  'index-removed',
  'cache-removed', // a cache, its fill or its time to live
  'bound-removed', // LIMIT, page size, batch size
  'lock-added',
  'blocking-added', // sleep, synchronous I/O or CPU in the path
  'leak-added', // a resource opened and not closed, a collection that only grows
  'default-changed', // any other constant or configuration value
  'dependency-bump',
] as const;
export type DiffMechanism = (typeof DIFF_MECHANISMS)[number];

export interface DiffReading {
  mechanisms: { mechanism: DiffMechanism; line: string }[];
  /** Docs, tests, styles, build: cannot alter a running service. */
  inert: boolean;
}

const INERT_FILE =
  /(^|\/)(docs?|\.github|testdata|__tests__|fixtures)\/|(_test|\.test|\.spec)\.[a-z]+$|\.(md|rst|txt|css|scss|svg|png|html)$|(^|\/)(CODEOWNERS|LICENSE|Makefile|\.golangci\.yml|\.editorconfig|\.gitignore)$/i;
const MANIFEST =
  /(^|\/)(go\.(mod|sum)|package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|requirements[^/]*\.txt|poetry\.lock|pyproject\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile(\.lock)?|Cargo\.(toml|lock)|.*\.csproj)$/i;

const LOOP = /^\s*(?:for\b|foreach\b|while\b)|\.(?:forEach|map|flatMap|each|stream\(\))\b/;
const REMOTE =
  /\b(?:await\s+)?[\w.]*(?:db|client|repo|repository|store|catalog|api|svc|service|conn|session|redis|cache|http|grpc|stub|cursor|orm|objects)\w*\.\w*(?:get|find|fetch|load|query|exec|call|list|lookup|send|post|select|do|invoke|request)\w*\s*\(|\b(?:fetch|axios(?:\.\w+)?|requests\.(?:get|post)|http\.(?:Get|Post)|urlopen)\s*\(|\b(?:Query|QueryRow|Exec)(?:Context)?\s*\(|\b(?:SELECT|INSERT|UPDATE|DELETE)\b.*\b(?:FROM|INTO|SET)\b/i;
const ASSIGNMENT =
  /([A-Za-z_][\w.-]*)["']?\s*(?::=|=>|[:=])\s*["']?(-?\d+(?:\.\d+)?)\s*(?:\*\s*(?:time\.)?(\w+)|([a-zA-Z]+))?/;
const LIMIT_NAME =
  /max|min|pool|conn|limit|size|worker|thread|capacity|concurren|quota|replica|memory|buffer|heap|instances/i;
const CHECK =
  /\bif\b[^\n]*(?:==|!=|===|!==|\bis\b)\s*(?:nil|null|None|undefined)\b|\bis(?:Nil|Null|Empty|Present)\b|\bcatch\b|\bexcept\b|\brecover\(\)|\?\.|\bhasattr\b|\bOptional\b|\bif\s+err\b|\bif\s*\(!\w+\)/;

/** Reads the mechanisms of a commit out of its diff; the message alone never gives one. */
export function readDiff(commit: Commit): DiffReading {
  const inert = commit.files.length > 0 && commit.files.every((f) => INERT_FILE.test(f));
  if (inert || !commit.diff) return { mechanisms: [], inert };
  const lines = commit.diff
    .split('\n')
    .slice(0, 5000)
    .map((l) => l.slice(0, 400));
  const added = lines.filter((l) => l.startsWith('+') && !l.startsWith('+++')).map((l) => l.slice(1));
  const removed = lines.filter((l) => l.startsWith('-') && !l.startsWith('---')).map((l) => l.slice(1));
  if (commit.files.length > 0 && commit.files.every((f) => MANIFEST.test(f)))
    return {
      mechanisms: added.slice(0, 1).map((line) => ({ mechanism: 'dependency-bump', line })),
      inert: false,
    };
  const found: DiffReading['mechanisms'] = [];
  const add = (mechanism: DiffMechanism, line: string | undefined): void => {
    if (line !== undefined && !found.some((f) => f.mechanism === mechanism))
      found.push({ mechanism, line: line.trim() });
  };
  const gone = without(removed, added);
  const fresh = without(added, removed);
  add('call-in-loop', callInLoop(lines, removed));
  add(
    'call-added',
    fresh.find((l) => REMOTE.test(l) && !removed.some((r) => calls(r) === calls(l))),
  );
  for (const change of valueChanges(removed, added)) add(change.mechanism, change.line);
  if (
    gone.some((l) => CHECK.test(l)) &&
    fresh.filter((l) => CHECK.test(l)).length < gone.filter((l) => CHECK.test(l)).length
  )
    add(
      'check-removed',
      gone.find((l) => CHECK.test(l)),
    );
  add(
    'index-removed',
    fresh.find((l) => /\bDROP\s+INDEX\b|remove_index|dropIndex|RemoveIndex/i.test(l)),
  );
  add(
    'index-removed',
    gone.find((l) =>
      /\bCREATE\s+(?:UNIQUE\s+)?INDEX\b|add_index|@Index|index\s*[:=]\s*true|createIndex/i.test(l),
    ),
  );
  add(
    'cache-removed',
    gone.find(
      (l) => /cache|memoi[sz]e|\bttl\b/i.test(l) && !fresh.some((a) => /cache|memoi[sz]e|\bttl\b/i.test(a)),
    ),
  );
  add(
    'bound-removed',
    gone.find(
      (l) =>
        /\bLIMIT\b|pageSize|page_size|batchSize|batch_size|\.limit\(/i.test(l) &&
        !fresh.some((a) => /\bLIMIT\b|pageSize|page_size|batchSize|batch_size|\.limit\(/i.test(a)),
    ),
  );
  add(
    'retry-added',
    fresh.find((l) => /\bretr(?:y|ies)\b|maxAttempts|max_attempts/i.test(l) && !/test/i.test(l)),
  );
  add(
    'timeout-changed',
    gone.find((l) => /timeout|deadline/i.test(l) && !fresh.some((a) => /timeout|deadline/i.test(a))),
  );
  add(
    'lock-added',
    fresh.find((l) => /\bsynchronized\b|\.Lock\(\)|\.lock\(\)|\bmutex\b|FOR UPDATE|LOCK TABLE/i.test(l)),
  );
  add(
    'blocking-added',
    fresh.find((l) =>
      /\bsleep\s*\(|Thread\.sleep|\.Result\b|\.Wait\(\)|readFileSync|execSync|pbkdf2Sync|bcrypt|hashSync/i.test(
        l,
      ),
    ),
  );
  add(
    'leak-added',
    gone.find((l) => /\bdefer\b.*(?:Close|Unlock|cancel)\(|\.close\(\)|finally|\bwith\b.*open/i.test(l)),
  );
  return { mechanisms: found, inert: false };
}

/** A loop whose body gained a remote call, where removed lines made none. */
function callInLoop(lines: readonly string[], removed: readonly string[]): string | undefined {
  if (removed.some((l) => REMOTE.test(l))) return undefined;
  let loopIndent: number | undefined;
  for (const line of lines) {
    if (line.startsWith('-') || line.startsWith('@@')) continue;
    const text = line.slice(1);
    const indent = text.length - text.trimStart().length;
    if (text.trim() === '') continue;
    if (loopIndent !== undefined && indent <= loopIndent && !LOOP.test(text)) loopIndent = undefined;
    if (LOOP.test(text)) {
      if (line.startsWith('+') && REMOTE.test(text)) return text;
      loopIndent = indent;
    } else if (loopIndent !== undefined && indent > loopIndent && line.startsWith('+') && REMOTE.test(text))
      return text;
  }
  return undefined;
}

/** Numbers that changed under one name. */
function valueChanges(
  removed: readonly string[],
  added: readonly string[],
): { mechanism: DiffMechanism; line: string }[] {
  const before = new Map(removed.flatMap((l) => assignment(l)).map((a) => [a.name, a]));
  return added.flatMap((l) =>
    assignment(l).flatMap((now): { mechanism: DiffMechanism; line: string }[] => {
      const was = before.get(now.name);
      if (!was || was.value === now.value) return [];
      if (/timeout|deadline/i.test(now.name)) return [{ mechanism: 'timeout-changed', line: l }];
      if (/ttl|expir|maxAge|max_age/i.test(now.name)) return [{ mechanism: 'cache-removed', line: l }];
      if (/retr|attempt/i.test(now.name)) return [{ mechanism: 'retry-added', line: l }];
      if (/idle|health|period|interval/i.test(now.name)) return [{ mechanism: 'default-changed', line: l }];
      if (LIMIT_NAME.test(now.name))
        return [
          {
            mechanism: now.value < was.value ? 'limit-lowered' : 'limit-raised',
            line: l,
          },
        ];
      return [{ mechanism: 'default-changed', line: l }];
    }),
  );
}

const SECONDS: Readonly<Record<string, number>> = {
  millisecond: 0.001,
  ms: 0.001,
  second: 1,
  s: 1,
  sec: 1,
  minute: 60,
  m: 60,
  min: 60,
  hour: 3600,
  h: 3600,
};

function assignment(line: string): { name: string; value: number }[] {
  const m = ASSIGNMENT.exec(line);
  if (!m?.[1] || m[2] === undefined) return [];
  const unit = (m[3] ?? m[4] ?? '').toLowerCase().replace(/s$/, '');
  return [{ name: m[1].toLowerCase(), value: Number(m[2]) * (SECONDS[unit] ?? 1) }];
}

/** The names called in a line, so that a moved call is not a new one. */
const calls = (line: string): string => [...line.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map((m) => m[1]).join(',');

/** Lines of `a` whose words do not also stand in `b`: what was moved or re-indented drops out. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const there = new Set(b.map(words));
  return a.filter((l) => !there.has(words(l)));
}
const words = (line: string): string => line.replace(/[^\w?]+/g, ' ').trim();
