import type { FrameRule } from '../attribution.js';
import type { RuntimeRules } from '../by-rules.js';

/** Frames that V8 itself puts at the root. */
export const PSEUDO: Readonly<Record<string, string>> = {
  '(garbage collector)': 'gc',
  '(idle)': 'idle',
  '(program)': 'native',
};

/**
 * Modules of Node and native functions by what they do, the first that fits a frame. Within one call the frame next
 * to the user's code decides: `require` reads files, but it is loading.
 */
export const NODE_RULES: readonly FrameRule[] = [
  {
    cause: 'module-loading',
    file: /^node:internal\/modules\/|^node:module$|^node:internal\/(?:bootstrap|source_map)/,
  },
  { cause: 'code-evaluation', file: /^node:(?:vm|internal\/vm)/ },
  { cause: 'key-derivation', file: /^node:internal\/crypto\/(?:pbkdf2|scrypt|hkdf|argon2)/ },
  { cause: 'hashing', file: /^node:internal\/crypto\/hash/ },
  { cause: 'hashing', name: /^(?:createHash|createHmac|hash)$/, file: /^node:crypto/ },
  { cause: 'random-numbers', file: /^node:internal\/crypto\/random/ },
  { cause: 'encryption', file: /^node:(?:internal\/)?(?:crypto|tls|_tls)/ },
  { cause: 'compression', file: /^node:(?:internal\/)?zlib/ },
  {
    cause: 'synchronous-child-process',
    name: /Sync$|^checkExecSyncError$/,
    file: /^node:(?:internal\/)?child_process/,
  },
  {
    cause: 'synchronous-file-access',
    name: /Sync$|^(?:read|write|open|close|stat|fstat|lstat|readFileUtf8|writeFileUtf8)$/,
    file: /^node:(?:internal\/)?fs/,
  },
  { cause: 'file-access', file: /^node:(?:internal\/)?fs/ },
  { cause: 'logging', file: /^node:(?:internal\/)?console/ },
  { cause: 'logging', name: /^consoleCall$/, file: /^$/ },
  { cause: 'object-formatting', file: /^node:(?:internal\/)?util\/inspect|^node:internal\/util\/colors/ },
  { cause: 'deep-comparison', file: /^node:(?:assert|internal\/(?:assert|util\/comparisons))/ },
  { cause: 'buffer-copying', file: /^node:(?:internal\/)?(?:buffer|blob)/ },
  {
    cause: 'text-encoding',
    file: /^node:(?:internal\/encoding|string_decoder|punycode|querystring|internal\/querystring)/,
  },
  {
    cause: 'text-encoding',
    name: /^(?:encodeInto\w*|encodeUtf8String|decodeUTF8|decode|atob|btoa)$/,
    file: /^$/,
  },
  { cause: 'url-parsing', file: /^node:(?:internal\/)?url/ },
  { cause: 'structured-clone', name: /^structuredClone$/ },
  {
    cause: 'structured-clone',
    file: /^node:(?:v8|internal\/(?:worker|per_context\/messageport|structured_clone))/,
  },
  { cause: 'exceptions', file: /^node:internal\/(?:errors|process\/execution)/ },
  { cause: 'exceptions', name: /^(?:captureStackTrace|prepareStackTrace\w*)$/ },
  { cause: 'event-dispatch', file: /^node:(?:events|internal\/event_target)/ },
  { cause: 'streams', file: /^node:(?:stream|internal\/(?:streams|webstreams))/ },
  { cause: 'http-handling', file: /^node:(?:_?http|https|http2|internal\/http)/ },
  { cause: 'network-io', file: /^node:(?:net|dgram|dns|internal\/(?:net|dgram|dns|stream_base_commons))/ },
  { cause: 'promises', file: /^node:internal\/process\/promises/ },
  {
    cause: 'scheduling',
    file: /^node:(?:timers|async_hooks|internal\/(?:timers|async_hooks|process\/task_queues|async_local_storage))/,
  },
  { cause: 'promises', name: /^(?:runMicrotasks)$/, file: /^$/ },
  { cause: 'regular-expression', name: /^RegExp: / },
  { cause: 'exceptions', name: /^(?:get|set) stack$/ },
  { cause: 'webassembly', file: /^wasm:/ },
];

/** Packages by what they do: time within one counts as that, at the line of the program that led there. */
export const PACKAGE_RULES: readonly { cause: string; packages: RegExp }[] = [
  {
    cause: 'logging',
    packages:
      /^(?:pino|winston|bunyan|log4js|morgan|debug|loglevel|signale|npmlog|logform|pino-.*|sonic-boom)$/,
  },
  {
    cause: 'orm-hydration',
    packages:
      /^(?:sequelize|typeorm|mongoose|objection|bookshelf|@mikro-orm\/.*|@prisma\/client|waterline|knex)$/,
  },
  {
    cause: 'database-driver',
    packages:
      /^(?:pg|pg-.*|mysql2?|mongodb|ioredis|redis|@redis\/.*|tedious|oracledb|better-sqlite3|sqlite3|bson)$/,
  },
  {
    cause: 'templating',
    packages:
      /^(?:ejs|pug|handlebars|mustache|nunjucks|eta|react-dom|vue|@vue\/.*|svelte|marked|markdown-it)$/,
  },
  {
    cause: 'validation',
    packages: /^(?:ajv|joi|@hapi\/joi|zod|yup|superstruct|class-validator|io-ts|validator)$/,
  },
  {
    cause: 'serialisation',
    packages:
      /^(?:protobufjs|google-protobuf|@bufbuild\/protobuf|msgpack.*|@msgpack\/.*|avsc|cbor.*|xml2js|fast-xml-parser|js-yaml|yaml|class-transformer)$/,
  },
  { cause: 'key-derivation', packages: /^(?:bcryptjs|bcrypt|argon2|scrypt-js)$/ },
  { cause: 'encryption', packages: /^(?:jsonwebtoken|jose|node-forge|crypto-js|elliptic|jws|jwa)$/ },
  { cause: 'date-handling', packages: /^(?:moment|moment-timezone|luxon|dayjs|date-fns.*)$/ },
  { cause: 'structured-clone', packages: /^(?:lodash\.clonedeep|rfdc|clone|clone-deep|immer|immutable)$/ },
  { cause: 'deep-comparison', packages: /^(?:fast-deep-equal|deep-equal|lodash\.isequal)$/ },
  { cause: 'compression', packages: /^(?:pako|fflate|snappy|lz4.*|zstd.*)$/ },
];

export function packageOf(file: string): string | undefined {
  const match = [
    ...file.matchAll(/node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?((?:@[^/]+\/)?[^/]+)/g),
  ].at(-1);
  return match?.[1];
}

/** For profiles of memory, where only the place in the program matters. */
export const NODE_MEMORY: RuntimeRules = {
  rules: [],
  isRuntime: (_, file) => file === '' || file.startsWith('node:'),
};

/** For heap snapshots: what objects are made of says little, the class that owns them does. */
export const HEAP_OWNERS: RuntimeRules = {
  rules: [],
  isRuntime: (name) =>
    /^(?:\(|system\b|Object\b|Array\b|Map\b|Set\b|global\b|Number\b|String\b|Buffer\b|ArrayBuffer\b|Uint8Array\b|synthetic)/.test(
      name,
    ),
};
