import { type Diff, type DiffLine, isSettings } from './diff-lines.js';
import type { DiffMechanism, Mechanism } from './mechanism.js';

/** A name and the value that it is given, as far as a line shows it. */
interface Setting {
  name: string;
  /** Numbers in one unit: seconds, bytes, cores. */
  number?: number;
  word?: string;
}

const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  nanosecond: 1e-9,
  us: 1e-6,
  microsecond: 1e-6,
  ms: 1e-3,
  millisecond: 1e-3,
  milli: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
};
const SIZES: Readonly<Record<string, number>> = {
  k: 1e3,
  kb: 1e3,
  ki: 1024,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
};

/** `name: value`, `name = value`, `NAME=value`, `"name": value`, `name => value`, `-Xname=value`, `name value` (conf). */
const ASSIGNED =
  /(?:^|[\s,({[;?&])["']?(-?[A-Za-z_][\w.-]*)["']?\s*(?:\??:(?!:)|:=|=>|(?<![=!<>])=(?!=))\s*([^,;{}]+)/g;
/** `setName(value)`, `.name(value)`, `WithName(value)`. */
const CALLED = /\.?\b(?:set|with|Set|With)?([A-Za-z_]\w*)\(\s*([^()]*(?:\([^()]*\))?[^()]*)\)/g;
/** A channel with or without room: `jobs := make(chan Job, 64)`. */
const CHANNEL = /(\w+)\s*:?=\s*make\(chan\s+[^,)]+(?:\{\})?(?:,\s*(\d+))?\)/;
const CONF = /^\s*([a-z_][\w.-]*)\s+(\S+?);?\s*$/;

/** Names whose values say how the system behaves, by what a change of them means. */
const TIMEOUT = /timeout|deadline|timelimit|time_limit|max_?wait/i;
const LIFETIME = /ttl|expir|max_?age|time_?to_?live|stale|cache_?(?:time|duration|seconds)/i;
const RETRY = /retr(?:y|ies)|attempts?/i;
const BOUND =
  /(?:page|chunk|fetch|result)_?size|\blimit\b|per_?page|max_?(?:rows|results|items)|\btop\b|first/i;
const BATCH = /batch|bulk|prefetch|flush_?size/i;
const NOT_A_CEILING = /idle|health|period|interval|delay|jitter|backoff|grace|threshold|version|port|weight/i;
const CEILING =
  /max|min|pool|conn|limit|size|worker|thread|capacity|concurren|quota|replica|memory|\bmem\b|buffer|heap|instances|cpu|requests?_?per|rate|permits|parallel|shards|partitions|-xmx|-xms|gomaxprocs/i;
const FLAG = /flag|feature|toggle|rollout|experiment|enable|disable|\buse_?[a-z]/i;
const CACHE = /cache|memoi[sz]e/i;
const COMPRESSION = /gzip|compress|brotli|deflate|zstd/i;
const REUSE = /keep_?alive|pooling|reuse|persistent|pipelin/i;
const ISOLATION = /isolation/i;
const LOG_LEVEL = /log(?:ging)?[._-]?level|\blevel\b|verbosity|rust_log|loglevel/i;
const LOUDNESS: readonly string[] = [
  'off',
  'fatal',
  'critical',
  'error',
  'warning',
  'warn',
  'notice',
  'info',
  'debug',
  'trace',
];

/** Values that changed under one name within a block of lines, and settings that went. */
export function valueChanges(diff: Diff): Mechanism[] {
  const named = namesOfValues(diff);
  return diff.blocks.flatMap((block) => {
    const of = (l: DiffLine): Setting[] => settings(l.text, named.get(l));
    const before = block.removed.flatMap((l) => of(l).map((setting) => ({ setting, line: l })));
    const changed = block.added.flatMap((line) =>
      of(line).flatMap((now): Mechanism[] => {
        const at = before.findIndex((b) => b.setting.name === now.name);
        const was = before[at]?.setting;
        if (!was) return [];
        before.splice(at, 1);
        const mechanism = meaning(now.name, was, now, isSettings(line.file));
        return mechanism ? [{ mechanism, line: line.text }] : [];
      }),
    );
    const gone = before.find((b) => isSettings(b.line.file));
    return gone && block.added.length === 0
      ? [...changed, { mechanism: 'default-changed' as const, line: gone.line.text }]
      : changed;
  });
}

/** `- name: POOL_MAX` on one line and `value: "5"` on the next, as containers get their settings. */
function namesOfValues(diff: Diff): Map<DiffLine, string> {
  const names = new Map<DiffLine, string>();
  let last = '';
  for (const line of diff.lines) {
    const name = /^\s*-?\s*name:\s*["']?([\w.-]+)/.exec(line.text)?.[1];
    if (name !== undefined) last = name;
    else if (/^\s*value:/.test(line.text) && last !== '') names.set(line, last);
  }
  return names;
}

function meaning(name: string, was: Setting, now: Setting, isSetting: boolean): DiffMechanism | undefined {
  if (was.number !== undefined && now.number !== undefined)
    return was.number === now.number ? undefined : ofNumbers(name, was.number, now.number);
  if (was.word !== undefined && now.word !== undefined)
    return was.word === now.word ? undefined : ofWords(name, was.word, now.word, isSetting);
  return undefined;
}

function ofNumbers(name: string, was: number, now: number): DiffMechanism {
  const less = now < was;
  if (TIMEOUT.test(name)) return 'timeout-changed';
  if (LIFETIME.test(name)) return less ? 'cache-removed' : 'default-changed';
  if (RETRY.test(name)) return less ? 'default-changed' : 'retry-added';
  if (CACHE.test(name) && less) return 'cache-removed';
  if (BATCH.test(name)) return less ? 'batch-shrunk' : 'bound-removed';
  if (NOT_A_CEILING.test(name)) return 'default-changed';
  if (BOUND.test(name) && !less && !/pool|conn|cpu|mem/i.test(name)) return 'bound-removed';
  if (CEILING.test(name)) return less ? 'limit-lowered' : 'limit-raised';
  if (FLAG.test(name)) return 'flag-changed';
  return 'default-changed';
}

const OFF = /^(?:false|off|no|none|disabled|null|0)$/i;
const ON = /^(?:true|on|yes|enabled|1)$/i;

function ofWords(name: string, was: string, now: string, isSetting: boolean): DiffMechanism | undefined {
  if (ISOLATION.test(name)) return 'isolation-changed';
  if (LOG_LEVEL.test(name)) {
    const [a, b] = [was, now].map((w) => LOUDNESS.indexOf(w.toLowerCase()));
    if (a !== undefined && b !== undefined && a >= 0 && b >= 0)
      return b > a ? 'logging-added' : 'default-changed';
  }
  const off = ON.test(was) && OFF.test(now);
  const on = OFF.test(was) && ON.test(now);
  if (off && CACHE.test(name)) return 'cache-removed';
  if (off && COMPRESSION.test(name)) return 'compression-removed';
  if (off && REUSE.test(name)) return 'reuse-removed';
  if (on && /no_?cache|disable_?cache/i.test(name)) return 'cache-removed';
  if (off || on) return FLAG.test(name) ? 'flag-changed' : 'default-changed';
  return isSetting && name !== 'name' ? 'default-changed' : undefined;
}

function settings(line: string, named: string | undefined): Setting[] {
  const found: Setting[] = [];
  const add = (name: string, value: string): void => {
    const setting = settingOf(name, value);
    if (setting) found.push(setting);
  };
  for (const m of line.matchAll(ASSIGNED)) add(named ?? m[1] ?? '', m[2] ?? '');
  const channel = CHANNEL.exec(line);
  if (channel) add(`${channel[1] ?? ''} capacity`, channel[2] ?? '0');
  for (const m of line.matchAll(CALLED)) add(m[1] ?? '', (m[2] ?? '').split(',')[0] ?? '');
  const conf = found.length === 0 ? CONF.exec(line) : null;
  if (conf) add(conf[1] ?? '', conf[2] ?? '');
  return found;
}

function settingOf(name: string, text: string): Setting | undefined {
  const value = text.trim().replace(/^["'`]|["'`)]+$/g, '');
  const key = name.toLowerCase();
  const number = numberOf(value, /cpu|core/.test(key) ? 1e-3 : SECONDS.minute);
  if (number !== undefined) return { name: key, number };
  const word = /^[\w .:/@*+?-]{1,120}$/.exec(value)?.[0];
  return word === undefined ? undefined : { name: key, word };
}

/**
 * A number with its unit in the notations of settings and code; undefined for anything that is computed. `perM` is
 * what the unit `m` stands for: a thousandth of a core, or a minute.
 */
function numberOf(value: string, perM: number | undefined): number | undefined {
  const iso = /^PT?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/i.exec(value);
  if (iso && value.length > 2)
    return Number(iso[1] ?? 0) * 3600 + Number(iso[2] ?? 0) * 60 + Number(iso[3] ?? 0);
  const made = /^(?:[\w.]*[a-z])?(?:of|from)?(Milli|Second|Minute|Hour|Day)\w*\(\s*([\d_.]+)\s*\)?$/i.exec(
    value,
  );
  if (made?.[1] && made[2]) return scaled(made[2], made[1], perM);
  const named = /^timedelta\((\w+?)s?=([\d_.]+)\)?$/i.exec(value);
  if (named?.[1] && named[2]) return scaled(named[2], named[1], perM);
  const product = /^(-?[\d_]+(?:\.\d+)?)\s*\*\s*(?:[\w]+\.)?(\w+)$/.exec(value);
  if (product?.[1] && product[2]) return scaled(product[1], product[2], perM);
  const plain = /^(-?[\d_]+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  if (plain?.[1] && /\d/.test(plain[1])) return scaled(plain[1], plain[2] ?? '', perM);
  const factors = /^\d+(?:\s*\*\s*\d+)+$/.exec(value);
  return factors ? value.split('*').reduce((p, f) => p * Number(f), 1) : undefined;
}

function scaled(digits: string, unit: string, perM: number | undefined): number | undefined {
  const number = Number(digits.replaceAll('_', ''));
  if (!Number.isFinite(number)) return undefined;
  if (unit === '') return number;
  if (/^\d+$/.test(unit)) return number * Number(unit);
  const key = unit.toLowerCase();
  const factor = unit === 'm' ? perM : (SECONDS[key] ?? SECONDS[key.replace(/s$/, '')] ?? SIZES[key]);
  return factor === undefined ? undefined : number * factor;
}
