import type { FrameTable, ProfileRuntime } from '../../../domain/index.js';
import type { ByteInterner } from './byte-interner.js';

/** A frame as text formats write it: `handler (app/views.py:42)`, `java/util/HashMap.get_[j]`. */
export interface WrittenFrame {
  name: string;
  file: string;
  line: number;
}

/** py-spy, rbspy and speedscope's own text: a name, then file and line in brackets. */
const WITH_PLACE = /^(.*\S) \((.+?)(?::(\d+))?\)$/;
const PLACE = /[/\\.<]/;

export function writtenFrame(text: string): WrittenFrame {
  const match = WITH_PLACE.exec(text);
  const [, name, file, line] = match ?? [];
  return name !== undefined && file !== undefined && (line !== undefined || PLACE.test(file))
    ? { name, file, line: Number(line ?? 0) }
    : { name: text, file: '', line: 0 };
}

/** Frames that were interned as bytes; their text is taken apart when asked for. */
export function textFrames(names: ByteInterner): FrameTable {
  return {
    size: names.size(),
    name: (i) => writtenFrame(names.text(i)).name,
    file: (i) => writtenFrame(names.text(i)).file,
    line: (i) => writtenFrame(names.text(i)).line,
    column: () => 0,
  };
}

/** Frames kept as objects: for formats that list each frame once. */
export function listedFrames(
  frames: readonly { name: string; file?: string; line?: number; column?: number }[],
): FrameTable {
  return {
    size: frames.length,
    name: (i) => frames[i]?.name ?? '',
    file: (i) => frames[i]?.file ?? '',
    line: (i) => frames[i]?.line ?? 0,
    column: (i) => frames[i]?.column ?? 0,
  };
}

const SIGNS: readonly (readonly [ProfileRuntime, RegExp])[] = [
  ['python', /\.pyx?\b|\.py:\d+|<frozen |_PyEval|PyObject_|PyEval_/],
  [
    'node',
    /(?:^|[ (])node:|\.[cm]?[jt]sx?(?::\d+|\)|$)|^file:\/\/|LazyCompile:|v8::internal::|\bnode_modules\b/,
  ],
  [
    'jvm',
    /\.java(?::\d+|\)|$)|^L?(?:java|javax|jdk|sun|scala|kotlin)[./]|::(?:print|run)$|JavaThread|JavaCalls/,
  ],
  [
    'go',
    /\.go(?::\d+|\)|$)|^runtime\.(?:main|goexit|mcall|gcBgMarkWorker|mallocgc)|^net\/http\.|\.\(\*\w+\)\./,
  ],
  [
    'native',
    /^(?:_start|__libc_start_main|main|std::|__GI_)|\.(?:c|cc|cpp|rs|h)(?::\d+|\)|$)|\.so\b|\[k(?:ernel)?[\].]/,
  ],
];

/** The runtime that most of the first frames speak of. */
export function runtimeOf(frames: FrameTable): ProfileRuntime {
  const votes = new Map<ProfileRuntime, number>();
  const seen = Math.min(frames.size, 4000);
  for (let i = 0; i < seen; i++) {
    const text = `${frames.name(i)} (${frames.file(i)}:${frames.line(i)})`;
    for (const [runtime, sign] of SIGNS)
      if (sign.test(frames.name(i)) || sign.test(frames.file(i)) || sign.test(text))
        votes.set(runtime, (votes.get(runtime) ?? 0) + 1);
  }
  const managed = [...votes].filter(([r]) => r !== 'native').sort((a, b) => b[1] - a[1]);
  const best = managed[0];
  // Native frames surround those of every runtime: a tenth of managed ones decides.
  if (best && best[1] >= Math.max(2, 0.05 * seen)) return best[0];
  return best ? best[0] : votes.has('native') ? 'native' : 'unknown';
}
