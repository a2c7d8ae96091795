import type { Profile } from '../../../domain/index.js';
import type { RuntimeRules } from '../by-rules.js';
import { withSystem } from '../native/rules.js';

const STANDARD =
  /(?:^|\/)lib(?:64)?\/python\d(?:\.\d+)?\/(?!site-packages|dist-packages)|^<frozen |^<built-in>|\.so(?:\.\d+)*$|\.pyx$/;
/** py-spy shortens paths of the library to file names: these are its modules. */
const SHORTENED =
  /^(?:json\/|re\/|sre_\w+\.py|re\.py|threading\.py|logging\/|pickle\.py|copy\.py|concurrent\/|asyncio\/|selectors\.py|socket\.py|socketserver\.py|http\/|urllib\/|email\/|ssl\.py|subprocess\.py|queue\.py|random\.py|datetime\.py|_strptime\.py|decimal\.py|_pydecimal\.py|importlib\/|collections\/|functools\.py|heapq\.py|bisect\.py|csv\.py|sqlite3\/|zipfile\.py|gzip\.py|tarfile\.py|hashlib\.py|hmac\.py|encodings\/|codecs\.py|traceback\.py|linecache\.py|inspect\.py|typing\.py|enum\.py|dataclasses\.py|abc\.py|contextlib\.py|os\.py|pathlib\.py|posixpath\.py|shutil\.py|tempfile\.py|string\.py|textwrap\.py|difflib\.py|statistics\.py|fractions\.py|numbers\.py|unittest\/|runpy\.py|multiprocessing\/|xml\/|html\/|uuid\.py|ipaddress\.py|struct\.py|weakref\.py)/;

/** Python: its library, C extensions (py-spy --native) and widely used packages. */
export const PYTHON: RuntimeRules = withSystem({
  rules: [
    {
      cause: 'idle',
      name: /^(?:\w+\.)*(?:wait|join|_wait_for_tstate_lock|select|poll|epoll_wait|accept|sleep|get|_recv_bytes)$/,
      file: /(?:^|\/)(?:threading|selectors|queue|socketserver|multiprocessing\/\w+)\.py$/,
    },
    {
      cause: 'idle',
      name: /^(?:\w+\.)*(?:time_sleep|pysleep|select_\w+|epoll_wait|poll|clock_nanosleep|__select)/,
      file: /\.so|\.c$|^$/,
      priority: 1,
    },
    {
      cause: 'gc',
      name: /^(?:\w+\.)*(?:gc_collect\w*|collect_generations|deduce_unreachable|visit_decref|subtract_refs|_PyGC_Collect)/,
      priority: 5,
    },
    {
      cause: 'lock-contention',
      name: /^(?:\w+\.)*(?:take_gil|acquire_timed|PyThread_acquire_lock\w*|lock_PyThread_acquire_lock)/,
      priority: 4,
    },
    {
      cause: 'lock-contention',
      name: /^(?:\w+\.)*(?:acquire|__enter__|_acquire_restore)$/,
      file: /(?:^|\/)threading\.py$/,
    },
    {
      cause: 'module-loading',
      name: /^(?:\w+\.)*(?:_find_and_load\w*|_load_unlocked|exec_module|_call_with_frames_removed|import_module|get_code|get_data)$/,
      file: /importlib/,
      priority: 3,
    },
    { cause: 'module-loading', file: /^<frozen importlib|(?:^|\/)importlib\//, priority: 3 },
    { cause: 'logging', file: /(?:^|\/)(?:logging\/|loguru\/|structlog\/)/, priority: 3 },
    {
      cause: 'json-parse',
      name: /^(?:\w+\.)*(?:loads?|decode|raw_decode|scan_once|_?scanstring\w*)$/,
      file: /(?:^|\/)(?:json\/|simplejson\/|ujson|orjson)/,
      priority: 2,
    },
    {
      cause: 'json-stringify',
      name: /^(?:\w+\.)*(?:dumps?|encode|iterencode|_iterencode\w*|default)$/,
      file: /(?:^|\/)(?:json\/|simplejson\/)/,
      priority: 2,
    },
    { cause: 'json', file: /(?:^|\/)(?:json|simplejson)\/|_json|orjson|ujson/, priority: 2 },
    { cause: 'regular-expression', file: /(?:^|\/)(?:re\/|re\.py|sre_\w+\.py|regex\/)|_sre/, priority: 2 },
    {
      cause: 'regular-expression',
      name: /^(?:\w+\.)*(?:sre_\w+|_sre_|pattern_(?:match|search|sub))/,
      priority: 2,
    },
    {
      cause: 'serialisation',
      file: /(?:^|\/)(?:pickle|_pickle|marshal|copyreg|msgpack|yaml|xml)(?:\/|\.py|$)/,
      priority: 2,
    },
    {
      cause: 'structured-clone',
      name: /^(?:\w+\.)*(?:deepcopy|_deepcopy_\w+|_reconstruct)$/,
      file: /(?:^|\/)copy\.py$/,
      priority: 2,
    },
    {
      cause: 'orm-hydration',
      file: /(?:^|\/)(?:sqlalchemy\/orm\/|django\/db\/models\/|peewee|tortoise\/|mongoengine\/)/,
      priority: 2,
    },
    {
      cause: 'database-driver',
      file: /(?:^|\/)(?:sqlalchemy\/|psycopg2?\/|asyncpg\/|pymysql\/|MySQLdb\/|sqlite3\/|pymongo\/|redis\/|django\/db\/)/,
    },
    { cause: 'templating', file: /(?:^|\/)(?:jinja2|django\/template|mako|chameleon)\// },
    { cause: 'validation', file: /(?:^|\/)(?:pydantic|marshmallow|jsonschema|cerberus)\// },
    { cause: 'compression', file: /(?:^|\/)(?:gzip|zipfile|zlib|bz2|lzma|tarfile)(?:\/|\.py|$)/ },
    {
      cause: 'compression',
      name: /^(?:\w+\.)*(?:deflate\w*|inflate\w*|compress\w*|longest_match|crc32\w*)$/,
    },
    { cause: 'key-derivation', name: /pbkdf2|scrypt|bcrypt|argon2/i, priority: 2 },
    { cause: 'hashing', file: /(?:^|\/)(?:hashlib|hmac)\.py$|_hashlib|_sha\d/ },
    { cause: 'hashing', name: /^(?:\w+\.)*(?:sha\d+_\w+|md5_\w+|EVP_Digest\w*)/ },
    { cause: 'encryption', file: /(?:^|\/)(?:ssl\.py|cryptography\/|OpenSSL\/|jwt\/|Crypto\/)/ },
    { cause: 'date-handling', file: /(?:^|\/)(?:_strptime|datetime|_pydatetime|dateutil\/|pytz\/)/ },
    { cause: 'exceptions', file: /(?:^|\/)(?:traceback|linecache)\.py$/ },
    { cause: 'synchronous-child-process', file: /(?:^|\/)subprocess\.py$/ },
    {
      cause: 'network-io',
      file: /(?:^|\/)(?:socket|ssl|http\/client|urllib3?\/|requests\/|aiohttp\/|httpx\/)/,
    },
    { cause: 'scheduling', file: /(?:^|\/)(?:asyncio|concurrent)\// },
    { cause: 'big-integers', file: /(?:^|\/)(?:_?pydecimal|decimal|fractions)\.py$/ },
    { cause: 'text-encoding', file: /(?:^|\/)(?:encodings\/|codecs\.py|base64\.py)/ },
    { cause: 'reflection', file: /(?:^|\/)(?:inspect|typing)\.py$/ },
    { cause: 'deep-comparison', file: /(?:^|\/)difflib\.py$/ },
  ],
  isRuntime: (_, file) => STANDARD.test(file) || SHORTENED.test(file),
  lineMeaning(text) {
    for (const [sign, cause, api] of LINES) if (sign.test(text)) return { cause, api };
    return undefined;
  },
  ownCode(profile) {
    return severalThreads(profile)
      ? { cause: 'gil-held', matched: 'Python code that runs while other threads of the process are there' }
      : undefined;
  },
});

/** C functions of Python have no frame: the line that calls them does. */
const LINES: readonly (readonly [RegExp, string, string])[] = [
  [/\bjson\.loads?\(/, 'json-parse', 'json.loads'],
  [/\bjson\.dumps?\(/, 'json-stringify', 'json.dumps'],
  [
    /\bre\.(?:match|search|fullmatch|sub|findall|finditer|split|compile)\(|\.(?:match|search|fullmatch|findall|finditer)\(/,
    'regular-expression',
    're',
  ],
  [/\bcopy\.deepcopy\(|\bdeepcopy\(/, 'structured-clone', 'copy.deepcopy'],
  [/\bpickle\.(?:loads?|dumps?)\(/, 'serialisation', 'pickle'],
  [/\b(?:pbkdf2_hmac|scrypt|hashpw|checkpw)\(/, 'key-derivation', 'pbkdf2_hmac'],
  [/\bhashlib\.|\.(?:hexdigest|digest)\(/, 'hashing', 'hashlib'],
  [/\b(?:zlib|gzip|bz2|lzma)\.(?:de)?compress\(/, 'compression', 'zlib.compress'],
  [/\bsorted\(|\.sort\(/, 'sorting', 'sort'],
  [/\blog(?:ger|ging)?\.(?:debug|info|warning|error|exception)\(|\bprint\(/, 'logging', 'logging'],
  [/\b(?:time\.)?sleep\(/, 'blocking-wait', 'sleep'],
  [/\.(?:insert\(0,|pop\(0\))/, 'list-shifting', 'list.pop(0)'],
  [/\bopen\(|\.(?:read|readlines|write)\(/, 'file-access', 'open'],
  [/\+=\s*(?:f?["']|str\()|["']\.join\(|\.format\(/, 'string-building', '+='],
  [/\bsubprocess\.|\bos\.system\(/, 'synchronous-child-process', 'subprocess'],
  [/\b(?:eval|exec|compile)\(/, 'code-evaluation', 'eval'],
  [/\bstrptime\(|\bstrftime\(/, 'date-handling', 'strptime'],
];

/** Where the stack of a thread begins that is not the main one. */
const BOOTSTRAP = /^(?:Thread\.)?_bootstrap$/;

/** Two stacks that begin in different threads, or threads that the profiler named. */
function severalThreads(profile: Profile): boolean {
  const busy = profile.threads.filter((t) => t.weight > 0);
  if (busy.length > 1) return true;
  const { tree, frames } = profile;
  let threads = 0;
  const starts = new Set<string>();
  for (let node = 1; node < tree.size; node++) {
    const name = frames.name(tree.frame[node] as number);
    if ((tree.parent[node] as number) === 0)
      starts.add(name.startsWith('thread (') ? name : BOOTSTRAP.test(name) ? 'thread' : 'main');
    if (BOOTSTRAP.test(name)) threads++;
  }
  return starts.size > 1 || threads > 1;
}
