import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { madeCalls, someLeaf } from './made-calls.js';

/** Writes text in large pieces. */
function writer(path: string): { add(text: string): void; close(): number } {
  const file = openSync(path, 'w');
  let parts: string[] = [];
  let size = 0;
  const flush = (): void => {
    writeSync(file, parts.join(''));
    parts = [];
    size = 0;
  };
  return {
    add(text) {
      parts.push(text);
      size += text.length;
      if (size > 1 << 22) flush();
    },
    close() {
      flush();
      closeSync(file);
      return statSync(path).size;
    },
  };
}

/** One million lines of collapsed stacks, one a sample. Returns its size in bytes. */
export function makeCollapsed(path: string, lines: number): number {
  const calls = madeCalls(60_000, [6, 13], 7);
  const stacks = new Map<number, string>();
  const stackOf = (leaf: number): string => {
    const known = stacks.get(leaf);
    if (known !== undefined) return known;
    const names: string[] = [];
    for (let n = leaf; n >= 0; n = calls.parent[n] as number)
      names.push(calls.functions[calls.fn[n] as number]?.name ?? '');
    const text = names.reverse().join(';');
    stacks.set(leaf, text);
    return text;
  };
  const out = writer(path);
  for (let i = 0; i < lines; i++) out.add(`${stackOf(someLeaf(calls))} 1\n`);
  return out.close();
}

/** A V8 CPU profile. Returns its size in bytes. */
export function makeCpuprofile(path: string, samples: number, nodes: number): number {
  const calls = madeCalls(nodes, [8, 40], 17);
  const children: number[][] = Array.from({ length: nodes }, () => []);
  for (let i = 1; i < nodes; i++) children[calls.parent[i] as number]?.push(i + 1);
  const hits = new Int32Array(nodes);
  const taken = Array.from({ length: samples }, () => {
    const leaf = someLeaf(calls);
    hits[leaf] = (hits[leaf] as number) + 1;
    return leaf + 1;
  });
  const out = writer(path);
  out.add('{"nodes":[');
  for (let i = 0; i < nodes; i++) {
    const f = calls.functions[calls.fn[i] as number];
    const node = {
      id: i + 1,
      callFrame:
        i === 0
          ? { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 }
          : {
              functionName: f?.name,
              scriptId: String(calls.fn[i]),
              url: `file://${f?.file}`,
              lineNumber: f?.line,
              columnNumber: 3,
            },
      hitCount: hits[i],
      children: children[i],
      ...((hits[i] as number) > 0 ? { positionTicks: [{ line: (f?.line ?? 0) + 1, ticks: hits[i] }] } : {}),
    };
    out.add(`${i > 0 ? ',' : ''}${JSON.stringify(node)}`);
  }
  const deltas = taken.map(() => 900 + Math.floor(calls.random() * 200));
  const span = deltas.reduce((a, b) => a + b, 0);
  out.add(`],"startTime":1000000000,"endTime":${1_000_000_000 + span},"samples":${JSON.stringify(taken)}`);
  out.add(`,"timeDeltas":${JSON.stringify(deltas)}}`);
  return out.close();
}

/** A pprof CPU profile with inlined frames and labels, raw at `path` and packed at `path.gz`. Returns its raw size. */
export function makePprof(path: string, samples: number): number {
  const LINES = 4;
  const calls = madeCalls(60_000, [10, 50], 11);
  const random = calls.random;
  const strings = new Map<string, number>([['', 0]]);
  const text = (s: string): number => {
    const known = strings.get(s);
    if (known !== undefined) return known;
    strings.set(s, strings.size);
    return strings.size - 1;
  };
  const out = protobuf();
  const { field, varint, nested } = out;
  const types = [
    [text('samples'), text('count')],
    [text('cpu'), text('nanoseconds')],
  ] as const;
  for (const [type, unit] of types)
    nested(1, () => {
      field(1, type);
      field(2, unit);
    });
  const threadKey = text('thread');
  const spanKey = text('span_id');
  const threads = Array.from({ length: 16 }, (_, i) => text(`worker-${i}`));
  const pick = Uint8Array.from({ length: calls.fn.length }, () => random() * LINES);
  for (let i = 0; i < samples; i++)
    nested(2, () => {
      const leaf = someLeaf(calls);
      nested(1, () => {
        for (let n = leaf; n >= 0; n = calls.parent[n] as number)
          varint((calls.fn[n] as number) * LINES + (pick[n] as number) + 1);
      });
      const count = 1 + Math.floor(random() * 3);
      nested(2, () => {
        varint(count);
        varint(count * 10_000_000);
      });
      nested(3, () => {
        field(1, threadKey);
        field(2, threads[Math.floor(random() * 16)] ?? 0);
      });
      nested(3, () => {
        field(1, spanKey);
        field(3, Math.floor(random() * 1e9));
      });
    });
  nested(3, () => {
    field(1, 1);
    field(2, 0x400000);
    field(3, 0x900000);
    field(5, text('/srv/app/server'));
    field(7, 1);
    field(8, 1);
    field(9, 1);
  });
  calls.functions.forEach((f, i) => {
    for (let k = 0; k < LINES; k++)
      nested(4, () => {
        field(1, i * LINES + k + 1);
        field(2, 1);
        field(3, 0x400000 + (i * LINES + k) * 16);
        // Inlined frames come leaf first.
        if (random() < 0.2)
          nested(4, () => {
            field(1, 1 + Math.floor(random() * calls.functions.length));
            field(2, 10 + k);
          });
        nested(4, () => {
          field(1, i + 1);
          field(2, f.line + k * 3);
        });
      });
  });
  calls.functions.forEach((f, i) => {
    nested(5, () => {
      field(1, i + 1);
      field(2, text(f.name));
      field(3, text(f.name));
      field(4, text(f.file));
      field(5, f.line);
    });
  });
  for (const s of strings.keys()) out.text(6, s);
  field(9, 1_700_000_000_000_000_000);
  field(10, 60_000_000_000);
  nested(11, () => {
    field(1, text('cpu'));
    field(2, text('nanoseconds'));
  });
  field(12, 10_000_000);
  field(14, text('cpu'));
  const raw = out.bytes();
  writeFileSync(path, raw);
  writeFileSync(`${path}.gz`, gzipSync(raw, { level: 1 }));
  return raw.length;
}

/** Writes protobuf: plain fields, texts, and messages whose content a function writes. */
function protobuf() {
  let buffer = Buffer.alloc(1 << 20);
  let at = 0;
  const room = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const wider = Buffer.alloc(2 * buffer.length + bytes);
    buffer.copy(wider, 0, 0, at);
    buffer = wider;
  };
  const varint = (value: number): void => {
    room(10);
    let rest = value;
    while (rest >= 0x80) {
      buffer[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[at++] = rest;
  };
  const field = (id: number, value: number): void => {
    varint(id << 3);
    varint(value);
  };
  return {
    varint,
    field,
    text(id: number, content: string): void {
      varint((id << 3) | 2);
      varint(Buffer.byteLength(content));
      room(Buffer.byteLength(content));
      at += buffer.write(content, at);
    },
    nested(id: number, write: () => void): void {
      varint((id << 3) | 2);
      const from = at;
      write();
      // The length stands in front and is known only now: what was written moves behind it.
      const length = at - from;
      const head = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : 4;
      room(head);
      buffer.copyWithin(from + head, from, at);
      at = from;
      varint(length);
      at += length;
    },
    bytes: (): Buffer => buffer.subarray(0, at),
  };
}
