import type { RuntimeRules } from '../by-rules.js';
import { withSystem } from '../native/rules.js';

/** Go's standard library has no dot in the first part of its import path, and main is the program's. */
const PACKAGE = /^((?:[\w.~-]+\/)*[\w~-]+)\./;

const isStandard = (name: string, file: string): boolean => {
  if (/(?:^|\/)(?:usr\/(?:local|lib)\/)?go(?:-?\d[\d.]*)?\/src\//.test(file) && !/\/pkg\/mod\//.test(file))
    return true;
  if (/^(?:runtime|internal)\b|^\[|^__vdso|^_cgo/.test(name)) return true;
  const path = PACKAGE.exec(name)?.[1] ?? '';
  return path !== 'main' && path !== '' && STANDARD.test(path);
};

const STANDARD =
  /^(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall|testing|text|time|unicode|unique|unsafe)(?:\/|$)/;

export const GO: RuntimeRules = withSystem({
  rules: [
    {
      cause: 'gc',
      name: /^runtime\.(?:gcBgMarkWorker|gcAssistAlloc|gcDrain|scanobject|greyobject|gcStart|gcMark|bgsweep|sweepone|bgscavenge|markroot|gcWriteBarrier|wbBuf)/,
      priority: 6,
    },
    {
      cause: 'idle',
      name: /^runtime\.(?:findRunnable|stopm|notesleep|notetsleep\w*|netpoll|usleep|osyield|gcstopm|park_m)\b/,
      priority: 2,
    },
    {
      cause: 'lock-contention',
      name: /^sync\.\(\*(?:Mutex|RWMutex)\)\.|^internal\/sync\.\(\*Mutex\)\.|^runtime\.(?:semacquire|sync_runtime_Semacquire)/,
      priority: 4,
    },
    {
      cause: 'channel-wait',
      name: /^runtime\.(?:chansend|chanrecv|selectgo|selectnbsend|selectnbrecv|closechan)/,
      priority: 4,
    },
    {
      cause: 'map-growth',
      name: /^runtime\.(?:growWork|hashGrow|evacuate)|^internal\/runtime\/maps\.\(\*\w+\)\.(?:grow|rehash|split)/,
      priority: 4,
    },
    { cause: 'regular-expression', name: /^regexp(?:\/syntax)?\./, priority: 3 },
    {
      cause: 'json-parse',
      name: /^encoding\/json\.(?:Unmarshal|\(\*Decoder\)\.Decode|\(\*decodeState\))/,
      priority: 3,
    },
    {
      cause: 'json-stringify',
      name: /^encoding\/json\.(?:Marshal|\(\*Encoder\)\.Encode|\(\*encodeState\))/,
      priority: 3,
    },
    {
      cause: 'json',
      name: /^(?:encoding\/json|github\.com\/(?:json-iterator|goccy\/go-json|bytedance\/sonic|mailru\/easyjson))/,
      priority: 3,
    },
    {
      cause: 'serialisation',
      name: /^(?:encoding\/(?:gob|xml|csv|asn1)|google\.golang\.org\/protobuf|github\.com\/golang\/protobuf)/,
      priority: 3,
    },
    {
      cause: 'logging',
      name: /^(?:log|log\/slog)\.|^(?:github\.com\/(?:sirupsen\/logrus|rs\/zerolog)|go\.uber\.org\/zap)/,
      priority: 3,
    },
    {
      cause: 'orm-hydration',
      name: /^(?:gorm\.io|xorm\.io|entgo\.io|github\.com\/(?:jinzhu\/gorm|jmoiron\/sqlx))/,
      priority: 3,
    },
    {
      cause: 'database-driver',
      name: /^(?:database\/sql|github\.com\/(?:lib\/pq|jackc\/pgx|go-sql-driver|redis\/go-redis|go-redis)|go\.mongodb\.org)/,
      priority: 3,
    },
    {
      cause: 'key-derivation',
      name: /^golang\.org\/x\/crypto\/(?:bcrypt|pbkdf2|scrypt|argon2)|^crypto\/pbkdf2/,
      priority: 4,
    },
    {
      cause: 'hashing',
      name: /^(?:crypto\/(?:sha\d+|md5|hmac|internal\/fips140\/sha\d+)|hash\/)/,
      priority: 3,
    },
    { cause: 'encryption', name: /^(?:crypto|golang\.org\/x\/crypto)\b/, priority: 2 },
    {
      cause: 'compression',
      name: /^(?:compress|github\.com\/(?:klauspost\/compress|golang\/snappy|pierrec\/lz4))\b/,
      priority: 3,
    },
    { cause: 'templating', name: /^(?:text|html)\/template\./, priority: 3 },
    { cause: 'reflection', name: /^reflect\./, priority: 2 },
    {
      cause: 'sorting',
      name: /^(?:sort|slices)\.(?:Sort|Stable|Slice|pdq|insertionSort|heapSort|\w*[sS]ort)/,
      priority: 3,
    },
    {
      cause: 'string-building',
      name: /^(?:fmt\.|runtime\.(?:concatstring|slicebytetostring|stringtoslice)|strings\.|strconv\.)/,
      priority: 2,
    },
    {
      cause: 'hash-tables',
      name: /^runtime\.(?:mapaccess|mapassign|mapiter|mapdelete|map\w+_fast)|^internal\/runtime\/maps\./,
      priority: 2,
    },
    {
      cause: 'allocation',
      name: /^runtime\.(?:mallocgc|newobject|makeslice|growslice|mcache|mcentral|mheap|memclr|makemap)/,
    },
    { cause: 'memory-copy', name: /^runtime\.(?:memmove|typedmemmove|duff)/ },
    { cause: 'date-handling', name: /^time\.(?:Parse|Time\.Format|\(Time\)|Now)/ },
    { cause: 'synchronous-child-process', name: /^os\/exec\./, priority: 3 },
    { cause: 'file-access', name: /^os\.\(\*File\)\./, priority: 2 },
    {
      cause: 'network-io',
      name: /^(?:net|internal\/poll)\.|^net\/http\.\(\*(?:persistConn|transferWriter)\)/,
    },
    { cause: 'http-handling', name: /^net\/http\.|^net\/textproto\./ },
    {
      cause: 'syscalls',
      name: /^(?:syscall|internal\/runtime\/syscall|runtime\/internal\/syscall)\.|^runtime\.(?:entersyscall|exitsyscall|futex)/,
    },
    {
      cause: 'exceptions',
      name: /^runtime\.(?:gopanic|gorecover|Callers|tracebackPCs|\(\*unwinder\))/,
      priority: 3,
    },
    {
      cause: 'thread-scheduling',
      name: /^runtime\.(?:schedule|mcall|gosched|goready|wakep|lock2|unlock2|procyield|startm|newproc|goexit0|runqgrab)/,
    },
  ],
  isRuntime: isStandard,
});
