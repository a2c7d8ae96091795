import { codeOf, type Diff, type DiffLine, isSettings, parseDiff, without } from './diff-lines.js';
import { callInLoop, LOG, logInLoop, REMOTE, triesAgain, workInLoop } from './diff-loops.js';
import { valueChanges } from './diff-values.js';
import type { Commit } from './evidence.js';
import type { DiffMechanism, Mechanism } from './mechanism.js';

export interface DiffReading {
  mechanisms: Mechanism[];
  /** Docs, tests, styles, build: cannot alter a running service. */
  inert: boolean;
}

const INERT_FILE =
  /(^|\/)(docs?|\.github|testdata|__tests__|fixtures|tests?|spec)\/|(_test|\.test|\.spec|Test|Tests)\.[a-z]+$|\.(md|rst|txt|css|scss|svg|png|html)$|(^|\/)(CODEOWNERS|LICENSE|Makefile|\.golangci\.yml|\.editorconfig|\.gitignore)$/;
const MANIFEST =
  /(^|\/)(go\.(mod|sum)|package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|requirements[^/]*\.txt|poetry\.lock|pyproject\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile(\.lock)?|Cargo\.(toml|lock)|.*\.csproj)$/i;

/** Reads the mechanisms of a commit out of its diff; the message alone never gives one. */
export function readDiff(commit: Commit): DiffReading {
  const inert = commit.files.length > 0 && commit.files.every((f) => INERT_FILE.test(f));
  if (inert || !commit.diff) return { mechanisms: [], inert };
  const diff = parseDiff(commit.diff, commit.files.length === 1 ? commit.files[0] : '');
  const added = diff.lines.filter((l) => l.mark === '+');
  if (commit.files.length > 0 && commit.files.every((f) => MANIFEST.test(f)))
    return {
      mechanisms: added.slice(0, 1).map(({ text }) => ({ mechanism: 'dependency-bump', line: text })),
      inert: false,
    };
  const found: Mechanism[] = [];
  for (const m of [...ofLoops(diff), ...valueChanges(diff), ...ofSigns(diff)])
    if (!found.some((f) => f.mechanism === m.mechanism)) found.push({ ...m, line: m.line.trim() });
  return { mechanisms: found, inert: false };
}

const shows = (mechanism: DiffMechanism, line: DiffLine | undefined): Mechanism[] =>
  line ? [{ mechanism, line: line.text }] : [];

function ofLoops(diff: Diff): Mechanism[] {
  return [
    ...shows('call-in-loop', callInLoop(diff)),
    ...shows('retry-added', triesAgain(diff)),
    ...shows('work-added', workInLoop(diff)),
    ...shows('logging-added', logInLoop(diff)),
  ];
}

/**
 * What a line shows by itself. `came`: an added line shows it. `went`: a removed line did it and no added line does
 * (by the same pattern, or by `instead`). `cameFor`: an added line shows it and no removed line did.
 */
interface Sign {
  mechanism: DiffMechanism;
  came?: RegExp;
  cameFor?: RegExp;
  went?: RegExp;
  instead?: RegExp;
}

const CHECK =
  /\bif\b[^\n]*(?:==|!=|===|!==|\bis\b)\s*(?:not\s+)?(?:nil|null|None|undefined)\b|\bis(?:Nil|Null|Empty|Present)\b|\bcatch\b|\bexcept\b|\brescue\b|\brecover\(\)|\?\.|&\.|\bhasattr\b|\bOptional\b|\bif\s+err\b|\bif\s*\(!\w+\)|\?\?|\bunless\b|\.(?:unwrap_or|ok_or|orElse)\b|\bif\b[^\n]*(?:\blen\(|\.length\b|\.size\(\)|\.count\b|!ok\b|[=!]=\s*0\b|<=?\s*0\b)|breaker|bulkhead|hystrix|fallback/;
const SIGNS: readonly Sign[] = [
  { mechanism: 'index-removed', came: /\bDROP\s+INDEX\b|remove_index|dropIndex|RemoveIndex|drop_index/i },
  {
    mechanism: 'index-removed',
    went: /\bCREATE\s+(?:UNIQUE\s+)?INDEX\b|add_index|@Index|@@index|index\s*[:=]\s*true|db_index\s*=\s*True|createIndex|ensureIndex|HasIndex/i,
  },
  {
    mechanism: 'eager-load-removed',
    went: /\.includes?\(|\.preload\(|\.eager_load\(|select_related|prefetch_related|joinedload|selectinload|JOIN FETCH|@EntityGraph|\.Include\(|\.Preload\(|\bleftJoinAndSelect\b|\binclude\s*:|\brelations\s*:|FetchType\.EAGER|@BatchSize|DataLoader/,
  },
  { mechanism: 'eager-load-removed', came: /FetchType\.LAZY|lazy\s*[:=]\s*["']?(?:true|select)\b/i },
  {
    mechanism: 'parallelism-removed',
    went: /Promise\.(?:all|allSettled)\b|asyncio\.gather|^\s*go\s+\w|create_task|ensure_future|executor\.(?:submit|execute)|@Async\b|perform_(?:later|async)|setImmediate|enqueue|\.delay\(|errgroup|\.parallel(?:Stream|_map|ForEach)?\(|par_iter|WhenAll|CompletableFuture\.(?:allOf|supplyAsync)|ThreadPoolExecutor|ProcessPool|join_all|\bgo func\b|WaitGroup|Task\.Run|Parallel\.For|concurrent\.futures/,
  },
  {
    mechanism: 'compression-removed',
    went: /\bgzip\b|compression\(\)|GZipMiddleware|brotli|Content-Encoding|withCompression|ResponseCompression|enableCompression/i,
  },
  {
    mechanism: 'cache-removed',
    cameFor:
      /key\w*\b.*(?:time\.Now|Date\.now|datetime\.now|timestamp|uuid|rand|nonce|request_?id|trace_?id)/i,
  },
  {
    mechanism: 'cache-removed',
    went: /cache|memoi[sz]e|\bttl\b|setex|lru/i,
  },
  {
    mechanism: 'bound-removed',
    went: /\bLIMIT\b|\bpage_?size\b|\bbatch_?size\b|\.limit\(|\.take\(|setMaxResults|\bTOP\s*\(?\d|FETCH FIRST|\.first\(\d|paginate|rate_?limit|semaphore|\bp?limit\(/i,
  },
  {
    mechanism: 'filter-removed',
    went: /\bWHERE\b|\.where\(|\.filter\(\w+=|\bAND\s+\w+\s*(?:=|>|<|IN)/,
  },
  {
    mechanism: 'filter-removed',
    cameFor:
      /\bLIKE\s+["']?%|\bWHERE\b[^;]*\b(?:LOWER|UPPER|DATE|CAST|TO_CHAR|COALESCE|SUBSTR)\s*\(|ILIKE|__icontains|\$regex|\bNOT IN\s*\(\s*SELECT/i,
  },
  { mechanism: 'retry-added', cameFor: /\bretr(?:y|ies)\b|max_?attempts|@Retryable|tenacity|backoff|Polly/i },
  { mechanism: 'timeout-changed', went: /timeout|deadline/i },
  {
    mechanism: 'timeout-changed',
    cameFor: /context\.(?:Background|TODO|WithoutCancel)\(|CancellationToken\.None/,
  },
  {
    mechanism: 'work-added',
    cameFor:
      /^\s+.*(?:regexp\.(?:MustCompile|Compile)|re\.compile|Pattern\.compile|new RegExp|Regex\.new|new ObjectMapper|template\.Must|os\.ReadFile|ioutil\.ReadFile)/,
  },
  {
    mechanism: 'reuse-removed',
    cameFor:
      /^\s+.*(?:http\.Client\{|grpc\.(?:Dial|NewClient)\(|new (?:HttpClient|RestTemplate|OkHttpClient|MongoClient|PrismaClient|Pool|Redis|S3Client)\b|requests\.Session\(\)|redis\.(?:NewClient|createClient)\(|sql\.Open\(|create_engine\(|pgxpool\.New|DriverManager\.getConnection|psycopg2\.connect|boto3\.client)/,
  },
  {
    mechanism: 'lock-added',
    cameFor:
      /\bsynchronized\b|\.Lock\(\)|\.lock\(\)|\bmutex\b|\bLock\(\)|FOR UPDATE|LOCK TABLE|with_lock|select_for_update|ReentrantLock|\.acquire\(|advisory_lock|setnx|redlock|\block\s*\(/i,
  },
  {
    mechanism: 'isolation-changed',
    cameFor: /SERIALIZABLE|REPEATABLE[_ ]READ|READ[_ ](?:UN)?COMMITTED|isolation/i,
  },
  {
    mechanism: 'blocking-added',
    cameFor:
      /\bsleep\s*\(|Thread\.sleep|\.Result\b|\.Wait\(\)|\.get\(\)\s*;|\.join\(\)\s*;|readFileSync|writeFileSync|execSync|pbkdf2Sync|scryptSync|bcrypt\.hashpw|hashSync|block_on\(|\.block\(\)|runBlocking/i,
  },
  {
    mechanism: 'reuse-removed',
    went: /keep-?alive|http\.Agent|requests\.Session|HttpClientFactory|IdleConnTimeout|connection[_ ]?pool|pooling/i,
  },
  {
    mechanism: 'reuse-removed',
    cameFor: /DisableKeepAlives:\s*true|Connection["']?\s*[:,]\s*["']close|NullPool|pgbouncer=false/i,
  },
  {
    mechanism: 'leak-added',
    went: /\bdefer\b.*(?:Close|Unlock|cancel|Stop|Release)\(|\.close\(\)|\.release\(\)|\bfinally\b|\bwith\b.*(?:open|connect|session)|try\s*\(\s*\w+[^)]*=|\busing\b|\bensure\b|\.(?:evict|invalidate|prune|expire)\w*\(|\bdelete\(\w+,|removeListener|removeEventListener|clearInterval|unsubscribe/,
  },
  {
    mechanism: 'flag-changed',
    cameFor:
      /\b(?:isEnabled|is_enabled|feature_?flags?|featureFlags?|variation|getTreatment|FEATURE_\w+|flags?\.\w+)\b/i,
  },
  {
    mechanism: 'logging-added',
    cameFor:
      /level\W{0,3}.{0,20}(?:debug|trace)|RUST_LOG=\w*(?:debug|trace)|\b(?:log|logger|slog|zap|console)\b.*\b(?:body|payload|dump|JSON\.stringify)\b/i,
  },
];

function ofSigns(diff: Diff): Mechanism[] {
  const removed = diff.lines.filter((l) => l.mark === '-');
  const added = diff.lines.filter((l) => l.mark === '+');
  const gone = without(removed, added);
  const fresh = without(added, removed);
  const has = (lines: readonly DiffLine[], pattern: RegExp): DiffLine | undefined =>
    lines.find((l) => pattern.test(codeOf(l)));
  const signs = SIGNS.flatMap((s): Mechanism[] => {
    if (s.came) return shows(s.mechanism, has(fresh, s.came));
    if (s.cameFor) return has(gone, s.cameFor) ? [] : shows(s.mechanism, has(fresh, s.cameFor));
    return s.went && !has(fresh, s.went) ? shows(s.mechanism, has(gone, s.went)) : [];
  });
  return [
    ...shows('call-added', callAdded(removed, fresh)),
    ...shows('check-removed', checkRemoved(gone, fresh)),
    ...shows('await-removed', awaitRemoved(diff)),
    ...signs,
  ];
}

/** Names that are called in a line, and that it has a statement: a changed call is not a new one. */
const called = (line: DiffLine): string[] => {
  const code = codeOf(line);
  const names = [...code.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map((m) => (m[1] ?? '').toLowerCase());
  return /\b(?:SELECT|INSERT|UPDATE|DELETE)\b/.test(code) ? [...names, 'statement'] : names;
};

function callAdded(removed: readonly DiffLine[], fresh: readonly DiffLine[]): DiffLine | undefined {
  const before = new Set(removed.flatMap(called));
  return fresh.find((l) => {
    const code = codeOf(l);
    const match = REMOTE.exec(code);
    if (isSettings(l.file) || !match || LOG.test(code)) return false;
    const callee = /(\w+)\s*[(<!]$/.exec(match[0])?.[1]?.toLowerCase() ?? 'statement';
    return !before.has(callee);
  });
}

/** More guards went than came. */
function checkRemoved(gone: readonly DiffLine[], fresh: readonly DiffLine[]): DiffLine | undefined {
  const guards = gone.filter((l) => CHECK.test(codeOf(l)));
  return guards.length > fresh.filter((l) => CHECK.test(codeOf(l))).length ? guards[0] : undefined;
}

/** The same call without its `await`. */
function awaitRemoved(diff: Diff): DiffLine | undefined {
  const bare = (l: DiffLine): string =>
    codeOf(l)
      .replace(/\bawait\s+|\.await\b/g, '')
      .replace(/\s+/g, ' ')
      .trim();
  const waits = (l: DiffLine): boolean => /\bawait\b/.test(codeOf(l));
  for (const block of diff.blocks)
    for (const was of block.removed)
      if (waits(was)) {
        const now = block.added.find((l) => !waits(l) && bare(l) === bare(was));
        if (now) return now;
      }
  return undefined;
}
