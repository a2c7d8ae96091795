/** What kind of quantity a unit makes, and what its figure is multiplied by to reach the canonical unit. */
export interface UnitOf {
  kind: 'duration' | 'bytes' | 'percent' | 'rate' | 'byteRate' | 'cores' | 'factor';
  /** To seconds, bytes, ratio, 1/s, bytes/s, cores. */
  scale: number;
}

const u = (kind: UnitOf['kind'], scale: number, words: string): [string, UnitOf][] =>
  words.split(' ').map((w) => [w, { kind, scale }]);

/** Lower-case unit words. Binary prefixes are kept apart from decimal ones. */
export const UNIT_WORDS: ReadonlyMap<string, UnitOf> = new Map([
  ...u('duration', 1e-9, 'ns nanos nanosecond nanoseconds'),
  ...u('duration', 1e-6, 'us µs μs micros microsecond microseconds'),
  ...u('duration', 1e-3, 'ms msec msecs milli millis millisecond milliseconds'),
  ...u('duration', 1, 's sec secs second seconds sekunde sekunden'),
  ...u('duration', 60, 'm min mins minute minutes minuten'),
  ...u('duration', 3600, 'h hr hrs hour hours stunde stunden'),
  ...u('duration', 86_400, 'd day days tag tage'),
  ...u('duration', 7 * 86_400, 'w wk wks week weeks'),
  ...u('duration', 30 * 86_400, 'month months'),
  ...u('duration', 365 * 86_400, 'y yr yrs year years'),
  ...u('bytes', 1, 'b byte bytes'),
  ...u('bytes', 1e3, 'kb kbyte kbytes kilobyte kilobytes'),
  ...u('bytes', 1e6, 'mb mbyte mbytes megabyte megabytes meg megs'),
  ...u('bytes', 1e9, 'gb gbyte gbytes gigabyte gigabytes gig gigs'),
  ...u('bytes', 1e12, 'tb tbyte tbytes terabyte terabytes'),
  ...u('bytes', 1e15, 'pb petabyte petabytes'),
  ...u('bytes', 2 ** 10, 'kib ki'),
  ...u('bytes', 2 ** 20, 'mib mi'),
  ...u('bytes', 2 ** 30, 'gib gi'),
  ...u('bytes', 2 ** 40, 'tib ti'),
  ...u('byteRate', 1e3 / 8, 'kbps kbit'),
  ...u('byteRate', 1e6 / 8, 'mbps mbit'),
  ...u('byteRate', 1e9 / 8, 'gbps gbit'),
  ...u('percent', 0.01, 'percent pct percentage'),
  ...u('rate', 1, 'rps qps tps ops eps iops wps msgs/s wcu wcus rcu rcus ru/s krps'),
  ...u('rate', 1 / 60, 'rpm qpm tpm'),
  ...u('rate', 1 / 3600, 'rph'),
  ...u('rate', 1 / 86_400, 'rpd'),
  ...u('cores', 1, 'vcpu vcpus vcore vcores core cores cpu cpus'),
  ...u('factor', 1, 'x × times fold'),
]);
for (const [word, scale] of [
  ['krps', 1e3],
  ['kqps', 1e3],
  ['ktps', 1e3],
  ['mrps', 1e6],
] as const)
  (UNIT_WORDS as Map<string, UnitOf>).set(word, { kind: 'rate', scale });

/** Words of time after "/" or "per": seconds in one. */
export const TIME_WORDS: ReadonlyMap<string, number> = new Map(
  (
    [
      [1, 's sec second seconds'],
      [60, 'm min minute minutes'],
      [3600, 'h hr hour hours'],
      [86_400, 'd day days'],
      [7 * 86_400, 'w wk week'],
      [30 * 86_400, 'mo month'],
      [365 * 86_400, 'yr year'],
    ] as const
  ).flatMap(([seconds, words]) => words.split(' ').map((w) => [w, seconds] as [string, number])),
);

/** Multipliers after a figure: "3k", "1.2M", "2 million". Lower-case `m` and `b` are left to the context. */
export const SCALE_WORDS: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['K', 1e3],
  ['M', 1e6],
  ['B', 1e9],
  ['G', 1e9],
  ['bn', 1e9],
  ['mn', 1e6],
  ['mm', 1e6],
  ['mio', 1e6],
  ['mil', 1e6],
  ['thousand', 1e3],
  ['hundred', 100],
  ['million', 1e6],
  ['millions', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);

/** Small numbers in words; taken only before a counted noun or "times". */
export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  'two three four five six seven eight nine ten eleven twelve'
    .split(' ')
    .map((w, i) => [w, i + 2] as [string, number])
    .concat([
      ['dozen', 12],
      ['fifteen', 15],
      ['twenty', 20],
      ['thirty', 30],
      ['forty', 40],
      ['fifty', 50],
      ['hundred', 100],
      ['single', 1],
      ['one', 1],
    ]),
);

/** Parts in words: "half of the traffic", "a third", "two thirds", "three quarters". */
export const PART_WORDS: ReadonlyMap<string, number> = new Map([
  ['half', 1 / 2],
  ['third', 1 / 3],
  ['thirds', 1 / 3],
  ['quarter', 1 / 4],
  ['quarters', 1 / 4],
  ['fifth', 1 / 5],
  ['fifths', 1 / 5],
  ['tenth', 1 / 10],
]);

/** Verbs that multiply what was: "traffic doubled". */
export const MULTIPLYING: ReadonlyMap<string, number> = new Map([
  ['doubled', 2],
  ['doubles', 2],
  ['double', 2],
  ['doubling', 2],
  ['tripled', 3],
  ['triples', 3],
  ['triple', 3],
  ['tripling', 3],
  ['quadrupled', 4],
  ['quadruples', 4],
  ['quadruple', 4],
  ['tenfold', 10],
  ['twofold', 2],
  ['threefold', 3],
  ['halved', 0.5],
  ['halves', 0.5],
  ['halving', 0.5],
]);

export const MONTHS = new Set(
  'january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);
export const STATUS_CODES = new Set([
  400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 425, 429, 499, 500, 501, 502, 503, 504, 520, 521, 522,
  524, 529,
]);
