import { MalformedProfile } from './profile-reader.js';
import { BYTES, eachField, FIXED64, inner, type Wire } from './wire.js';

/**
 * The layouts that `v1development` has had since it shares a dictionary. They use the same field numbers for different
 * things and bear no version; only the wire types tell them apart. Field numbers are from
 * opentelemetry/proto/profiles/v1development/profiles.proto, at the releases named here.
 */
export const OTLP_LAYOUTS = {
  /** OTLP 1.7: a sample's stack is a range of its profile's own list. */
  ranges: { start: 1, length: 2, values: 3, attributes: 4, link: 5, times: 6 },
  /** OTLP 1.8: stacks stand in the dictionary. */
  stacks: { stack: 1, values: 2, attributes: 3, link: 4, times: 5 },
  /** OTLP 1.9 and later: the same, with values behind what identifies a sample. */
  identity: { stack: 1, attributes: 2, link: 3, values: 4, times: 5 },
} as const;
export type OtlpLayout = keyof typeof OTLP_LAYOUTS;

/** What was met of samples: which field had which wire type, and how many numbers stood in fields 2 and 5. */
export interface SampleShapes {
  seen: Set<string>;
  unequal: boolean;
}

export const noShapes = (): SampleShapes => ({ seen: new Set(), unequal: false });

/** Notes the shape of one sample; `w` is read to its end. */
export function noteShape(shapes: SampleShapes, w: Wire): void {
  let second = 0;
  let times = 0;
  eachField(w, (id, type) => {
    shapes.seen.add(`${id}:${type}`);
    if (type === BYTES && (id === 2 || id === 5)) {
      const field = inner(w);
      if (id === 5) times += (field.end - field.position) / 8;
      else for (let at = field.position; at < field.end; at++) if ((w.bytes[at] as number) < 0x80) second++;
      return true;
    }
    if (type === FIXED64 && id === 5) times++;
    return false;
  });
  if (times > 0 && second > 0 && times !== second) shapes.unequal = true;
}

const UNKNOWN = 'Known are the layouts of v1development in OTLP 1.7, 1.8 and 1.9; export as pprof otherwise.';

/** The one layout that all samples fit. Throws `MalformedProfile` when none does, or two do. */
export function layoutOf({ seen, unequal }: SampleShapes): OtlpLayout {
  const has = (id: number, type: number): boolean => seen.has(`${id}:${type}`);
  const fits: OtlpLayout[] = [];
  const only = (...allowed: string[]): boolean => [...seen].every((s) => allowed.includes(s));
  if (has(2, 0) && only('1:0', '2:0', '3:0', '3:2', '4:0', '4:2', '5:0', '6:0', '6:2')) fits.push('ranges');
  const stack = ['1:0', '2:0', '2:2', '5:1', '5:2'];
  // Values and times of one sample are equally many, attributes are not: that tells field 2 of the two apart.
  if (!has(2, 0) && !unequal && only(...stack, '3:2', '4:0')) fits.push('stacks');
  if (!has(2, 0) && only(...stack, '3:0', '4:2') && (has(4, 2) || has(5, 2) || has(5, 1)))
    fits.push('identity');
  const [first, second] = fits;
  if (first === undefined)
    throw new MalformedProfile('This version of OTLP profiles is not known', 'a sample', UNKNOWN);
  if (second !== undefined && has(2, 2))
    throw new MalformedProfile(
      'This OTLP profile fits two layouts of v1development, with different meanings of its field 2',
      'a sample',
      'Export it as OTLP JSON or as pprof, which name their fields.',
    );
  return first;
}
