import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile } from '../../../../src/domain/index.js';
import { type ReadProfile, readProfile } from '../../../../src/evidence/read-profile.js';

export const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../../fixtures/profiles/${path}`, import.meta.url));

/** Reads content as a file whose name says nothing. */
export async function readContent(content: string | Uint8Array): Promise<ReadProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  try {
    const path = join(folder, 'content');
    writeFileSync(path, content);
    return await readProfile(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Stacks from the root with their weights, as `a;b` → number. */
export function stacks(profile: Profile, type = profile.primary): Record<string, number> {
  const out: Record<string, number> = {};
  for (let node = 0; node < profile.tree.size; node++) {
    const weight = profile.tree.values[type]?.[node] ?? 0;
    if (weight === 0) continue;
    const names: string[] = [];
    for (let n = node; n > 0; n = profile.tree.parent[n] ?? 0)
      names.unshift(profile.frames.name(profile.tree.frame[n] ?? 0));
    out[names.join(';')] = (out[names.join(';')] ?? 0) + weight;
  }
  return out;
}

const varint = (value: number | bigint): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
};
export const number = (id: number, value: number | bigint): number[] => [
  ...varint(id << 3),
  ...varint(value),
];
export const message = (id: number, ...parts: number[][]): number[] => {
  const content = parts.flat();
  return [...varint((id << 3) | 2), ...varint(content.length), ...content];
};
export const packed = (id: number, values: (number | bigint)[]): number[] =>
  message(id, values.flatMap(varint));
export const text = (id: number, value: string): number[] => message(id, [...Buffer.from(value)]);

/** A pprof profile of two samples; the first location holds `inner` inlined into `outer`. */
export function madePprof(values: readonly (readonly (number | bigint)[])[]): Uint8Array {
  return Uint8Array.from(
    [
      message(1, number(1, 1), number(2, 2)),
      message(1, number(1, 3), number(2, 4)),
      ...values.map((v, i) =>
        message(
          2,
          packed(1, i === 0 ? [1, 2] : [2]),
          packed(2, [...v]),
          message(3, number(1, 9), number(2, 10)),
        ),
      ),
      message(
        4,
        number(1, 1),
        message(4, number(1, 1), number(2, 7)),
        message(4, number(1, 2), number(2, 20)),
      ),
      message(4, number(1, 2), message(4, number(1, 3), number(2, 30))),
      message(5, number(1, 1), number(2, 5), number(4, 8)),
      message(5, number(1, 2), number(2, 6), number(4, 8)),
      message(5, number(1, 3), number(2, 7), number(4, 8)),
      ...[
        '',
        'samples',
        'count',
        'cpu',
        'nanoseconds',
        'inner',
        'outer',
        'main',
        'app.go',
        'endpoint',
        '/checkout',
      ].map((s) => text(6, s)),
      number(9, 1_700_000_000_000_000_000n),
      number(10, 2_000_000_000),
    ].flat(),
  );
}
