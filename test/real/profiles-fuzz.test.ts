import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MalformedProfile } from '../../src/evidence/readers/profiles/profile-reader.js';
import { PROFILE_READERS } from '../../src/evidence/readers/profiles/registry.js';
import { sampleOf } from '../../src/evidence/readers/sample.js';
import { seededRandom } from '../../src/models/random.js';
import { fixture, message, number, packed, text } from '../evidence/readers/profiles/made.js';

const SECONDS = Number(process.env.KNEEPOINT_FUZZ_SECONDS ?? 60);
/** More than this above what was there at the start is growth without bound. */
const MOST_GROWTH_MB = 1500;

const unpacked = (path: string): Buffer => {
  const bytes = readFileSync(fixture(path));
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** One good file of each format to start from. */
const SEEDS: Readonly<Record<string, () => Buffer>> = {
  cpuprofile: () => unpacked('node/parse-orders.cpuprofile'),
  heapprofile: () => unpacked('node/keep.heapprofile'),
  pprof: () => unpacked('go/cpu.pprof'),
  heapsnapshot: () =>
    json({
      snapshot: {
        meta: {
          node_fields: ['type', 'name', 'id', 'self_size', 'edge_count'],
          node_types: [['synthetic', 'object', 'string'], 'string', 'number', 'number', 'number'],
          edge_fields: ['type', 'name_or_index', 'to_node'],
          edge_types: [['property', 'element', 'weak'], 'string_or_number', 'node'],
        },
      },
      nodes: [0, 0, 1, 0, 1, 1, 1, 2, 40, 1, 2, 2, 3, 90, 0],
      edges: [0, 3, 5, 1, 0, 10],
      strings: ['', 'Session', 'text', 'cache'],
    }),
  jfr: () => unpacked('jvm/locks.jfr.gz'),
  collapsed: () => unpacked('python/gil.collapsed'),
  'perf-script': () =>
    Buffer.from(
      'node 4152/4153 [000] 75.5:  250000 cycles:u:\n\t    7f01 inner+0x1f (/srv/app/server)\n\t    7f00 a->b (/tmp/perf-1.map)\n\n'.repeat(
        20,
      ),
    ),
  speedscope: () =>
    json({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      shared: { frames: [{ name: 'a', file: 'x.py', line: 3 }, { name: 'b' }] },
      profiles: [
        {
          type: 'sampled',
          name: 's',
          unit: 'seconds',
          startValue: 0,
          endValue: 2,
          samples: [[0], [0, 1]],
          weights: [1, 1],
        },
        {
          type: 'evented',
          name: 'e',
          unit: 'seconds',
          startValue: 0,
          endValue: 2,
          events: [
            { type: 'O', frame: 0, at: 0 },
            { type: 'C', frame: 0, at: 2 },
          ],
        },
      ],
    }),
  'chrome-trace': () =>
    json({
      traceEvents: Array.from({ length: 40 }, (_, i) => ({
        ph: 'X',
        name: `n${i % 5}`,
        pid: 1,
        tid: i % 2,
        ts: i * 3,
        dur: 9,
      })),
    }),
  pyroscope: () =>
    json({
      flamebearer: {
        names: ['total', 'a', 'b'],
        levels: [
          [0, 10, 0, 0],
          [0, 10, 4, 1],
          [0, 6, 6, 2],
        ],
      },
      metadata: { format: 'single', units: 'samples' },
    }),
  'otlp-profiles': () =>
    json({
      resourceProfiles: [
        {
          scopeProfiles: [
            {
              profiles: [
                {
                  sampleType: { typeStrindex: 1, unitStrindex: 2 },
                  samples: [{ stackIndex: 1, values: ['7'] }],
                },
              ],
            },
          ],
        },
      ],
      dictionary: {
        stringTable: ['', 'samples', 'count', 'f'],
        functionTable: [{}, { nameStrindex: 3 }],
        locationTable: [{}, { lines: [{ functionIndex: 1 }] }],
        stackTable: [{}, { locationIndices: [1] }],
      },
    }),
  'otlp-profiles-protobuf': () =>
    Buffer.from([
      ...message(
        1,
        message(
          2,
          message(
            2,
            message(1, number(1, 1), number(2, 2)),
            message(2, number(1, 1), number(3, 1), packed(4, [7])),
            message(2, number(1, 1), packed(4, [3])),
          ),
        ),
      ),
      ...message(
        2,
        message(2),
        message(2, message(3, number(1, 1), number(2, 9))),
        message(3),
        message(3, number(1, 3)),
        ...['', 'samples', 'count', 'f'].map((s) => text(5, s)),
        message(7),
        message(7, packed(1, [1])),
      ),
    ]),
  'thread-dump': () =>
    Buffer.from(
      'Full thread dump OpenJDK 64-Bit Server VM:\n\n"a" #12 prio=5 os_prio=0 tid=0x1 nid=0x2 runnable\n   java.lang.Thread.State: RUNNABLE\n\tat shop.Cart.total(Cart.java:12)\n\t- waiting to lock <0x00> (a shop.Stock)\n\n'.repeat(
        5,
      ),
    ),
  'py-spy-dump': () =>
    Buffer.from(
      'Process 9: python app.py\nPython v3.11\n\nThread 9 (active+gil): "Main"\n    work (app.py:4)\n    <module> (app.py:9)\n'.repeat(
        5,
      ),
    ),
  'pprof-legacy': () => Buffer.from('heap profile: 1: 2 [3: 4] @ heap/1048576\n1: 2 [3: 4] @ 0x1\n'),
};

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe.each(PROFILE_READERS.map((r) => [r.id, r] as const))('%s, altered at random', (id, reader) => {
  it(
    `is read or refused for ${SECONDS} s, without a crash and without growing`,
    async () => {
      const seed = SEEDS[id]?.();
      expect(seed, `a seed for ${id}`).toBeDefined();
      if (!seed) return;
      const random = seededRandom(id.length * 7919);
      const pick = (n: number): number => Math.floor(random() * n);
      const end = performance.now() + SECONDS * 1000;
      const before = process.memoryUsage().rss / 1e6;
      let rounds = 0;
      let refused = 0;
      while (performance.now() < end) {
        const bytes = altered(seed, pick, random);
        try {
          await reader.parse({
            sample: sampleOf(bytes.subarray(0, 256 * 1024), true),
            bytes: chunked(bytes, 1 + pick(5000)),
          });
        } catch (error) {
          if (!(error instanceof MalformedProfile)) throw error;
          expect(error.what).not.toBe('');
          expect(error.todo).not.toBe('');
          refused++;
        }
        rounds++;
        if (rounds % 200 === 0) expect(process.memoryUsage().rss / 1e6 - before).toBeLessThan(MOST_GROWTH_MB);
      }
      console.error(`${id}: ${rounds} files, ${refused} refused`);
      expect(rounds).toBeGreaterThan(0);
    },
    SECONDS * 1000 + 60_000,
  );
});

/** Cuts, doubles, overwrites, and sets bytes that mean something to a format. */
function altered(seed: Buffer, pick: (n: number) => number, random: () => number): Buffer {
  let bytes = Buffer.from(seed);
  for (let n = 1 + pick(6); n > 0 && bytes.length > 0; n--) {
    const at = pick(bytes.length);
    switch (pick(6)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(pick(at + 1))]);
        break;
      case 2:
        for (let k = 0; k < 8 && at + k < bytes.length; k++) bytes[at + k] = pick(256);
        break;
      case 3:
        bytes[at] = [0, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x7d, 0x0a][pick(8)] ?? 0;
        break;
      case 4:
        for (let k = 0; k < 10 && at + k < bytes.length; k++) bytes[at + k] = 0xff;
        break;
      default:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
  }
  return Buffer.from(bytes);
}
