import { describe, expect, it } from 'vitest';
import { message, number, packed, readContent, stacks, text } from './made.js';

const fixed64 = (id: number, ...values: bigint[]): number[] =>
  message(
    id,
    values.flatMap((v) => [...new Uint8Array(new BigUint64Array([v]).buffer)]),
  );
const fixedField = (id: number, value: bigint): number[] => [
  (id << 3) | 1,
  ...new Uint8Array(new BigUint64Array([value]).buffer),
];
const ZERO = (id: number): number[] => message(id);
const DICTIONARY = message(
  2,
  ZERO(2),
  message(2, number(1, 0), message(3, number(1, 2), number(2, 12))),
  message(2, message(3, number(1, 1))),
  ZERO(3),
  message(3, number(1, 3)),
  message(3, number(1, 4), number(3, 5)),
  ...['', 'cpu', 'nanoseconds', 'main', 'work', 'work.go'].map((s) => text(5, s)),
  ZERO(7),
  message(7, packed(1, [1, 2])),
);
const TYPE = message(1, number(1, 1), number(2, 2));
const file = (profile: number[][], dictionary = DICTIONARY): Uint8Array =>
  Uint8Array.from([
    ...message(1, message(1, message(1, text(1, 'service.name'))), message(2, message(2, ...profile))),
    ...dictionary,
  ]);

describe('OTLP profiles as protobuf', () => {
  it('in the layout of OTLP 1.9: values stand in field 4', async () => {
    const sample = message(2, number(1, 1), packed(2, [3, 4]), number(3, 1), packed(4, [5, 2]));
    const { profile, title } = await readContent(
      file([
        TYPE,
        sample,
        fixedField(3, 1_700_000_000_000_000_000n),
        number(4, 30e9),
        message(5, number(1, 1), number(2, 2)),
        number(6, 1),
      ]),
    );
    expect(title).toBe('OTLP profiles protobuf');
    expect(stacks(profile)).toEqual({ 'main;work': 7 });
    expect(profile).toMatchObject({
      durationNs: 30e9,
      startNs: 1_700_000_000_000_000_000n,
      inRequests: 7,
      sampleTypes: [{ name: 'cpu', unit: 'nanoseconds' }],
    });
    expect([0, 1].map((f) => profile.frames.file(f))).toEqual(['', 'work.go']);
    expect(profile).toMatchObject({ periodNs: 1, samples: 7 });
  });

  it('in the layout of OTLP 1.8: values stand in field 2, attributes in field 3', async () => {
    const sample = message(2, number(1, 1), packed(2, [9]), packed(3, [1]), number(4, 1));
    expect(stacks((await readContent(file([TYPE, sample]))).profile)).toEqual({ 'main;work': 9 });
  });

  it('in the layout of OTLP 1.7: a stack is a range of the profile’s own list', async () => {
    const sample = message(2, number(1, 0), number(2, 2), packed(3, [11]));
    const { profile } = await readContent(
      file([TYPE, sample, packed(3, [1, 2]), number(4, 5), number(5, 8)]),
    );
    expect(stacks(profile)).toEqual({ 'main;work': 11 });
    expect(profile.durationNs).toBe(8);
  });

  it('samples with times alone count once for each', async () => {
    const sample = message(2, number(1, 1), packed(2, [1]), number(3, 0), fixed64(5, 1n, 2n, 3n));
    expect(stacks((await readContent(file([TYPE, sample]))).profile)).toEqual({ 'main;work': 3 });
  });

  it('is refused when two layouts fit, with what to do', async () => {
    const sample = message(2, number(1, 1), packed(2, [7]), fixed64(5, 1n));
    await expect(readContent(file([TYPE, sample]))).rejects.toMatchObject({
      what: expect.stringContaining('fits two layouts'),
      todo: expect.stringContaining('OTLP JSON'),
    });
  });

  it('of another version is refused by name', async () => {
    const sample = message(2, number(1, 1), packed(9, [7]));
    await expect(readContent(file([TYPE, sample]))).rejects.toThrow('version of OTLP profiles is not known');
    await expect(readContent(file([TYPE, message(2, number(1, 1), packed(4, [1]))], []))).rejects.toThrow(
      'dictionary of the profile is missing',
    );
  });

  it('cut off anywhere is an error, never a smaller profile', async () => {
    const whole = file([TYPE, message(2, number(1, 1), packed(4, [5]))]);
    for (let length = 30; length < whole.length; length += 7)
      await expect(readContent(whole.slice(0, length))).rejects.toThrow();
  });
});
