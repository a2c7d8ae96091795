/** A kind of cause, whatever the runtime. */
export interface CauseKind {
  title: string;
  /** What to do about it, in one sentence. */
  advice: string;
  /** What would show that it is not the cause. */
  refutedIf: string;
  /** Ids of remedies and of hypotheses it bears on. */
  remedies: readonly string[];
  hypotheses: readonly string[];
  /** `unnamed`: only the place is known, not why it is slow. `aside`: no work of the program. */
  kind: 'named' | 'unnamed' | 'aside';
}

const LEFT_OUT =
  'With the call left out in a test under the same load, processor time for a request stays as it was.';
const CPU = ['reduce-cpu-per-request', 'move-cpu-off-request-path'] as const;
const BLOCKS = ['event-loop-blocked', 'inefficient-code'] as const;

const named = (
  title: string,
  advice: string,
  more: Partial<Pick<CauseKind, 'refutedIf' | 'remedies' | 'hypotheses'>> = {},
): CauseKind => ({
  title,
  advice,
  refutedIf: LEFT_OUT,
  remedies: CPU,
  hypotheses: BLOCKS,
  kind: 'named',
  ...more,
});

const unnamed = (title: string, advice: string): CauseKind => ({ ...named(title, advice), kind: 'unnamed' });

/** Every cause that a profile can show, by id. */
export const CAUSE_KINDS: Readonly<Record<string, CauseKind>> = {
  gc: named(
    'Garbage collection',
    'Allocate less on the line that allocates most, or give the heap more room.',
    {
      refutedIf: 'With twice the heap, pauses and processor time for a request stay as they were.',
      remedies: ['tune-collector', 'reduce-cpu-per-request'],
      hypotheses: ['gc-pressure'],
    },
  ),
  'json-parse': named(
    'Parsing JSON',
    'Parse less and once: smaller payloads, only the fields that are used, a parsed copy kept.',
  ),
  'json-stringify': named(
    'Writing JSON',
    'Write less and once: select fields, keep the written text of what does not change, stream large answers.',
  ),
  json: named(
    'Reading and writing JSON',
    'Move fewer fields, and keep what was parsed or written instead of doing it again.',
  ),
  'regular-expression': named(
    'A regular expression',
    'Rewrite the pattern so that it cannot backtrack, or bound the length of the text it is run on.',
  ),
  'structured-clone': named(
    'Copying whole objects',
    'Copy only what will be changed, or hand on a read-only view.',
  ),
  sorting: named(
    'Sorting',
    'Keep the list sorted, sort fewer elements, or let the database sort with an index.',
  ),
  compression: named(
    'Compression',
    'Compress off the request path, at a lower level, or once and keep the result.',
  ),
  'key-derivation': named(
    'Deriving keys from passwords',
    'Use the asynchronous form with a bounded number at a time, and keep sessions instead of deriving on each request.',
  ),
  hashing: named(
    'Hashing',
    'Hash less or once, stream large contents, or use a faster hash where no attacker is to be feared.',
  ),
  encryption: named(
    'Encryption and signatures',
    'Reuse sessions and keys, use the asynchronous form, or let the proxy end TLS.',
  ),
  'random-numbers': named(
    'Cryptographic random numbers',
    'Draw them in blocks; use a plain generator where no secret is made.',
  ),
  'synchronous-file-access': named(
    'Reading or writing files synchronously',
    'Use the asynchronous form, or read once at start and keep the content.',
  ),
  'file-access': named(
    'Reading or writing files',
    'Read once and keep the content, or write in larger pieces.',
  ),
  'synchronous-child-process': named(
    'Waiting for a child process',
    'Use the asynchronous form, or a pool of workers that stay.',
  ),
  'synchronous-call': named('A synchronous call', 'Use its asynchronous form.'),
  'module-loading': named(
    'Loading modules',
    'Load modules at start; do not clear the module cache or call require on the path of a request.',
  ),
  'code-evaluation': named('Compiling code at run time', 'Compile once and keep the function.'),
  logging: named('Logging', 'Log less for each request, at a lower level, and write asynchronously.', {
    remedies: ['log-asynchronously', 'reduce-cpu-per-request'],
    hypotheses: ['logging-hot-path', 'event-loop-blocked'],
  }),
  'object-formatting': named(
    'Formatting objects for people',
    'Format only what is shown, and only at the level that is written.',
    {
      hypotheses: ['logging-hot-path', 'inefficient-code'],
    },
  ),
  'deep-comparison': named('Comparing objects deeply', 'Compare ids or versions instead of contents.'),
  'buffer-copying': named(
    'Copying buffers',
    'Collect pieces and join once; hand on slices instead of copies.',
  ),
  'text-encoding': named('Encoding and decoding text', 'Encode once, or keep bytes as bytes.'),
  'url-parsing': named('Parsing URLs', 'Parse once for each request, or compare the path as text.'),
  exceptions: named(
    'Exceptions and their stacks',
    'Return a value for what happens often; throw for what is rare, and keep stacks short.',
  ),
  'event-dispatch': named('Handing out events', 'Have fewer listeners, or hand out in batches.'),
  streams: named('Moving data through streams', 'Use larger chunks and fewer stages.'),
  'http-handling': named('Handling HTTP itself', 'Keep connections alive and headers small.'),
  'network-io': named('Sending and receiving', 'Send larger pieces in fewer calls.'),
  scheduling: named(
    'Timers and scheduling',
    'Batch the work: fewer timers, ticks and promises for each request.',
  ),
  promises: named('Promises and async functions', 'Await fewer, larger pieces of work.'),
  generators: named('Generators', 'Use a plain loop on the hot path.'),
  webassembly: named('WebAssembly', 'Profile the module itself; hand over larger pieces of work.'),
  'string-building': named('Building texts', 'Collect pieces in a list and join once, or stream them.'),
  'text-handling': named(
    'Cutting and searching texts',
    'Cut once and keep the parts; work on positions instead of copies.',
  ),
  'list-scanning': named('Searching through lists', 'Look up in a map or set instead of a list.'),
  'list-shifting': named(
    'Moving the elements of a list',
    'Use a queue with two ends, or mark instead of removing.',
  ),
  'list-copying': named('Copying lists', 'Change the list in place, or build it once at the end.'),
  'object-copying': named(
    'Walking and copying objects',
    'Hand on the object, or keep a map where keys change.',
  ),
  'hash-tables': named('Look-ups in hash tables', 'Look up once and keep the value; use small keys.'),
  'dictionary-objects': named('Objects used as dictionaries', 'Use a Map where keys come and go.'),
  'locale-formatting': named(
    'Formatting and comparing by locale',
    'Make the formatter once and keep it; compare plain texts where order of a language does not matter.',
  ),
  'date-handling': named('Handling dates', 'Keep times as numbers and format at the edge.'),
  'number-formatting': named('Formatting numbers', 'Format once, and only what is shown.'),
  'big-integers': named(
    'Arithmetic of large integers',
    'Use plain numbers where they are exact, or a faster algorithm.',
  ),
  reflection: named('Reflection', 'Resolve once and keep the accessor, or generate code.'),
  serialisation: named('Serialising objects', 'Move fewer fields, or use a compact format.'),
  boxing: named('Boxing numbers into objects', 'Use primitive arrays and collections for numbers.'),
  'orm-hydration': named(
    'Making objects of database rows',
    'Select only the columns that are used, fewer rows, or plain rows instead of entities.',
  ),
  templating: named('Rendering templates', 'Compile templates once and keep rendered fragments.'),
  validation: named('Validating input', 'Compile the schema once and validate at the edge only.'),
  'database-driver': named('Talking to the database', 'Fetch fewer rows and columns, in fewer statements.'),
  'busy-wait': named('Waiting in a loop', 'Wait for an event or a timer instead of asking again and again.'),
  'blocking-wait': named('Blocking the thread to wait', 'Wait asynchronously.', {
    refutedIf: 'The wait left out, requests take as long.',
  }),
  recursion: named(
    'A function that calls itself',
    'Keep results that were computed before, or walk iteratively.',
  ),
  'list-building': unnamed(
    'Building lists',
    'Build fewer and smaller lists: work through the elements in one pass.',
  ),
  computation: unnamed(
    'Computation',
    'Look at the algorithm of this line: how often it runs, and on how much.',
  ),
  'own-code': unnamed(
    'Code of the program',
    'Look at the algorithm of this place: how often it runs, and on how much.',
  ),
  'lock-contention': named('Waiting for a lock', 'Hold the lock for less work, or split it.', {
    refutedIf: 'With one thread less, throughput falls as much as processor time.',
    remedies: ['reduce-lock-hold', 'scale-out-service'],
    hypotheses: ['in-process-lock'],
  }),
  'gil-held': named(
    'One thread holds the interpreter lock',
    'Move this work to another process, or to native code that lets the lock go.',
    {
      refutedIf: 'With the same work in separate processes, throughput stays as it was.',
      remedies: ['scale-out-service', 'move-cpu-off-request-path'],
      hypotheses: ['in-process-lock', 'inefficient-code'],
    },
  ),
  'channel-wait': named('Passing values through channels', 'Pass batches, or give the channel a buffer.', {
    hypotheses: ['in-process-lock'],
    remedies: ['reduce-lock-hold'],
  }),
  'map-growth': named('Growing hash maps', 'Make the map with its size.'),
  allocation: named(
    'Allocation',
    'Allocate less on this line: reuse buffers, make lists with their size, avoid copies.',
    {
      refutedIf: 'With the allocation left out, collections come as often.',
      remedies: ['reduce-cpu-per-request', 'tune-collector'],
      hypotheses: ['gc-pressure', 'inefficient-code'],
    },
  ),
  'retained-memory': named(
    'Memory that stays',
    'Look at what keeps it: a cache without bound, a listener, a growing list.',
    {
      refutedIf: 'After a full collection the bytes of this place are gone.',
      remedies: ['fix-leak'],
      hypotheses: ['memory-leak'],
    },
  ),
  syscalls: named('System calls', 'Do more with each call: larger reads and writes, fewer of them.'),
  'memory-copy': named('Copying memory', 'Hand on references or slices instead of copies.'),
  jit: named('Compiling by the just-in-time compiler', 'Warm the process up before it takes traffic.', {
    refutedIf: 'The share stays after the process has run for long.',
  }),
  deoptimisation: named(
    'Code that the runtime gave up optimising',
    'Keep the shapes of objects and types of arguments alike; split functions that are very long.',
  ),
  safepoints: named('Pauses at safepoints', 'Look at what asks for them: biased locks, dumps, code cache.', {
    hypotheses: ['gc-pressure'],
  }),
  'page-faults': named('Page faults', 'Keep memory and reuse it instead of mapping anew.'),
  'thread-scheduling': {
    ...named('Switching between threads', 'Use fewer threads, or give each more work.'),
    kind: 'named',
  },
  native: {
    ...unnamed(
      'Native code without a known frame',
      'Profile native code too: perf, or py-spy with --native.',
    ),
  },
  idle: { ...named('Idle', 'Nothing: the program waited.'), kind: 'aside' },
};

export const kindOf = (cause: string): CauseKind =>
  CAUSE_KINDS[cause] ?? unnamed('Code of the program', 'Look at the algorithm of this place.');
