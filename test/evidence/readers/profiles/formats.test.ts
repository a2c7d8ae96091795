import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readProfile } from '../../../../src/evidence/read-profile.js';
import { fixture, madePprof, readContent, stacks } from './made.js';

describe('collapsed stacks', () => {
  const TEXT = 'main;parse 3\nmain;parse;lex 4\nmain 1\n';

  it('are added up by stack', async () => {
    const { profile, title } = await readContent(`${TEXT}main;parse 2\n`);
    expect(title).toBe('collapsed stacks');
    expect(stacks(profile)).toEqual({ 'main;parse': 5, 'main;parse;lex': 4, main: 1 });
    expect(profile.samples).toBe(10);
  });

  it('are the same with Windows line ends, a byte-order mark and in UTF-16', async () => {
    const plain = stacks((await readContent(TEXT)).profile);
    const windows = TEXT.replaceAll('\n', '\r\n');
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(windows, 'utf16le')]);
    for (const content of [windows, `\ufeff${TEXT}`, utf16])
      expect(stacks((await readContent(content)).profile)).toEqual(plain);
  });

  it('may hold negative weights, as differences do', async () => {
    const { profile } = await readContent('a;b -5\na;c 2\n');
    expect(stacks(profile)).toEqual({ 'a;b': -5, 'a;c': 2 });
  });

  it('with two weights are a difference of two profiles', async () => {
    const { profile } = await readContent('a;b 5 9\na;c 2 0\n');
    expect(profile.sampleTypes.map((t) => t.name)).toEqual(['before', 'after']);
    expect(stacks(profile, 0)).toEqual({ 'a;b': 5, 'a;c': 2 });
    expect(stacks(profile, 1)).toEqual({ 'a;b': 9 });
  });

  it('of py-spy give file and line of each frame', async () => {
    const { profile } = await readProfile(fixture('python/gil.collapsed'));
    expect(profile.runtime).toBe('python');
    const lines = Array.from(
      { length: profile.frames.size },
      (_, i) => `${profile.frames.file(i)}:${profile.frames.line(i)}`,
    );
    expect(lines).toContain('gil.py:6');
  });
});

describe('perf script', () => {
  const SAMPLE = `node 4152 75.5:  250000 cycles:u:
	    7f01 inner+0x1f (/srv/app/server)
	    7f00 outer (/srv/app/server)

node 4152 75.6:  250000 cycles:u:
	ffff01 tcp_sendmsg ([kernel.kallsyms])

node 4152 75.7:  9 instructions:u:
	    7f00 outer (/srv/app/server)

`;
  it('keeps the first event and is never taken for collapsed stacks', async () => {
    const { profile, title } = await readContent(SAMPLE);
    expect(title).toBe('output of perf script');
    expect(stacks(profile)).toEqual({ 'node;outer;inner': 250_000, 'node;tcp_sendmsg_[k]': 250_000 });
    expect(profile.samples).toBe(2);
    expect(profile.notes.join()).toContain('1 samples of other events');
  });
});

describe('pprof', () => {
  it('expands inlined frames leaf first, keeps all sample types, labels and times', async () => {
    const { profile } = await readContent(
      madePprof([
        [1, 10],
        [2, 20],
      ]),
    );
    expect(stacks(profile, 1)).toEqual({ 'main;outer;inner': 10, main: 20 });
    expect(profile.sampleTypes).toEqual([
      { name: 'samples', unit: 'count' },
      { name: 'cpu', unit: 'nanoseconds' },
    ]);
    expect(profile.samples).toBe(3);
    expect(profile.labels).toEqual([{ key: 'endpoint', value: '/checkout', weight: 30 }]);
    expect(profile.durationNs).toBe(2e9);
    expect(profile.startNs).toBe(1_700_000_000_000_000_000n);
  });

  it('reads negative numbers as signed', async () => {
    const { profile } = await readContent(
      madePprof([
        [-1, -10_000_000_000],
        [2, 20],
      ]),
    );
    expect(stacks(profile, 1)).toEqual({ 'main;outer;inner': -10_000_000_000, main: 20 });
  });

  it('is the same in gzip', async () => {
    const raw = madePprof([
      [1, 10],
      [2, 20],
    ]);
    const packed = await readContent(gzipSync(raw));
    expect(packed.title).toBe('pprof profile, gzip');
    expect(stacks(packed.profile)).toEqual(stacks((await readContent(raw)).profile));
  });

  it('of Go is read with all its kinds', async () => {
    expect((await readProfile(fixture('go/cpu.pprof'))).profile.runtime).toBe('go');
    const heap = (await readProfile(fixture('go/heap.pprof'))).profile;
    expect(heap.sampleTypes.map((t) => t.name)).toEqual([
      'alloc_objects',
      'alloc_space',
      'inuse_objects',
      'inuse_space',
    ]);
    const mutex = (await readProfile(fixture('go/mutex.pprof'))).profile;
    expect(mutex.sampleTypes[mutex.primary]).toEqual({ name: 'delay', unit: 'nanoseconds' });
  });

  it('in the legacy text form is refused by name', async () => {
    await expect(
      readContent('heap profile: 1: 2 [3: 4] @ heap/1048576\n1: 2 [3: 4] @ 0x1 0x2\n'),
    ).rejects.toThrow(/legacy pprof text/);
  });
});

describe('V8 profiles', () => {
  it('keep samples, times and lines', async () => {
    const { profile } = await readProfile(fixture('node/parse-orders.cpuprofile'));
    expect(profile.runtime).toBe('node');
    expect(profile.lines?.line.length).toBeGreaterThan(0);
    expect(profile.timeline?.node.length).toBe(profile.samples);
  });

  it('of the heap weigh bytes', async () => {
    const { profile } = await readProfile(fixture('node/keep.heapprofile'));
    expect(profile.sampleTypes).toEqual([{ name: 'inuse_space', unit: 'bytes' }]);
  });

  it('are found in Chrome traces', async () => {
    const chunk = {
      ph: 'P',
      name: 'ProfileChunk',
      pid: 1,
      tid: 1,
      id: '0x1',
      ts: 10,
      args: {
        data: {
          cpuProfile: {
            nodes: [
              { id: 1, callFrame: { functionName: '(root)', url: '', lineNumber: -1, columnNumber: -1 } },
              {
                id: 2,
                parent: 1,
                callFrame: { functionName: 'work', url: 'app.js', lineNumber: 3, columnNumber: 0 },
              },
            ],
            samples: [2, 2, 2],
          },
          timeDeltas: [0, 1000, 1000],
        },
      },
    };
    const { profile, title } = await readContent(JSON.stringify({ traceEvents: [chunk] }));
    expect(title).toBe('Chrome trace');
    expect(stacks(profile)).toEqual({ work: 3 });
  });

  it('without a profiler in the trace, spans nest by time', async () => {
    const span = (name: string, ts: number, dur: number) => ({ ph: 'X', name, pid: 1, tid: 1, ts, dur });
    const { profile } = await readContent(JSON.stringify([span('outer', 0, 10), span('inner', 2, 4)]));
    expect(stacks(profile)).toEqual({ outer: 6000, 'outer;inner': 4000 });
  });
});

describe('speedscope', () => {
  const file = (profile: object): string =>
    JSON.stringify({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      profiles: [profile],
      shared: { frames: [{ name: 'main', file: 'a.py', line: 1 }, { name: 'work' }] },
    });

  it('sampled and evented say the same', async () => {
    const sampled = {
      type: 'sampled',
      name: 't',
      unit: 'seconds',
      startValue: 0,
      endValue: 3,
      samples: [[0], [0, 1]],
      weights: [1, 2],
    };
    const evented = {
      type: 'evented',
      name: 't',
      unit: 'seconds',
      startValue: 0,
      endValue: 3,
      events: [
        { type: 'O', frame: 0, at: 0 },
        { type: 'O', frame: 1, at: 1 },
        { type: 'C', frame: 1, at: 3 },
        { type: 'C', frame: 0, at: 3 },
      ],
    };
    for (const p of [sampled, evented])
      expect(stacks((await readContent(file(p))).profile)).toEqual({ main: 1e9, 'main;work': 2e9 });
  });
});

describe('other formats', () => {
  it('Pyroscope: levels of bars become stacks', async () => {
    const { profile } = await readContent(
      JSON.stringify({
        version: 1,
        flamebearer: {
          names: ['total', 'a', 'b'],
          levels: [
            [0, 10, 0, 0],
            [0, 10, 4, 1],
            [0, 6, 6, 2],
          ],
          numTicks: 10,
          maxSelf: 6,
        },
        metadata: { format: 'single', units: 'samples', sampleRate: 100, spyName: 'gospy' },
      }),
    );
    expect(stacks(profile)).toEqual({ a: 4, 'a;b': 6 });
    expect(profile.runtime).toBe('go');
  });

  it('OTLP profiles: stacks of the shared dictionary', async () => {
    const request = {
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
        stringTable: ['', 'samples', 'count', 'main', 'work'],
        functionTable: [{}, { nameStrindex: 3 }, { nameStrindex: 4 }],
        locationTable: [{}, { lines: [{ functionIndex: 2 }] }, { lines: [{ functionIndex: 1 }] }],
        stackTable: [{}, { locationIndices: [1, 2] }],
      },
    };
    expect(stacks((await readContent(JSON.stringify(request))).profile)).toEqual({ 'main;work': 7 });
    const unknown = {
      resourceProfiles: [{ scopeProfiles: [{ profiles: [{ sampleType: [{ type: 1 }] }] }] }],
      dictionary: { stringTable: [''] },
    };
    await expect(readContent(JSON.stringify(unknown))).rejects.toThrow(
      /version of OTLP profiles is not known/,
    );
  });

  it('thread dumps: running and blocked threads are samples, the lock is named', async () => {
    const thread = (name: string, state: string, lines: string): string =>
      `"${name}" #12 prio=5 os_prio=0 tid=0x1 nid=0x2 runnable\n   java.lang.Thread.State: ${state}\n${lines}\n`;
    const dump = `Full thread dump OpenJDK 64-Bit Server VM:\n\n${thread('a', 'RUNNABLE', '\tat shop.Cart.total(Cart.java:12)\n\tat shop.Main.run(Main.java:3)\n')}${thread('b', 'BLOCKED (on object monitor)', '\tat shop.Stock.take(Stock.java:9)\n\t- waiting to lock <0x00> (a shop.Stock)\n')}${thread('c', 'WAITING (parking)', '\tat jdk.internal.misc.Unsafe.park(java.base/Native Method)\n')}`;
    const { profile } = await readContent(dump);
    expect(stacks(profile)).toEqual({ 'shop.Main.run;shop.Cart.total': 1, 'shop.Stock.take': 1 });
    expect(profile.events[0]).toMatchObject({
      kind: 'lock-wait',
      details: [{ name: 'shop.Stock', weight: 1 }],
    });
  });

  it('py-spy dumps: active threads are samples', async () => {
    const { profile } = await readContent(
      'Process 9: python app.py\nPython v3.11.4 (/usr/bin/python3.11)\n\nThread 9 (active+gil): "MainThread"\n    work (app.py:4)\n    <module> (app.py:9)\nThread 10 (idle): "worker"\n    wait (threading.py:331)\n',
    );
    expect(stacks(profile)).toEqual({ '<module>;work': 1 });
  });

  it('heap snapshots: objects stand below their owners', async () => {
    const snapshot = {
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
    };
    expect(stacks((await readContent(JSON.stringify(snapshot))).profile)).toEqual({
      'Session .cache': 40,
      'Session .cache;(text)': 90,
    });
  });

  it('Flight Recorder: samples, waits for locks and collections', async () => {
    const { profile } = await readProfile(fixture('jvm/locks.jfr.gz'));
    expect(profile.events.find((e) => e.kind === 'lock-wait')?.places[0]?.place.function).toBe(
      'Locks.guarded',
    );
    expect(
      (await readProfile(fixture('jvm/gc.jfr.gz'))).profile.events.some((e) => e.kind === 'gc-pause'),
    ).toBe(true);
  });
});
