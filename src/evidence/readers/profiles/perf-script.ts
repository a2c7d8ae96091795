import { createCallTree } from '../../../models/call-tree.js';
import type { Sample } from '../sample.js';
import {
  type PerfEvent,
  type PerfFrame,
  type PerfOptions,
  perfEvent,
  perfFrames,
  processFrame,
} from './perf-event.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';
import { eachLine, leadingLines } from './text-lines.js';

export type { PerfOptions } from './perf-event.js';

const STACK_LINE = /^\s*[0-9a-f]+\s+.+ \(.*\)\s*$/;
const HEAD_LINE = /^\S.*?\s+\d+(?:\/\d+)?\s+(?:\[\d+\]\s+)?(?:\d+\.\d+:\s+)?(?:\d+\s+)?\S+:\s*$/;
/** perf's default limit of a stack (`kernel.perf_event_max_stack`). */
const PERF_MAX_STACK = 127;

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const lines = leadingLines(sample).filter((l) => !l.startsWith('#'));
  const heads = lines.filter((l) => HEAD_LINE.test(l)).length;
  const frames = lines.filter((l) => STACK_LINE.test(l)).length;
  if (heads === 0 || frames === 0 || heads + frames < lines.length * 0.8) return undefined;
  return { confidence: 1, by: 'heads of perf samples with stacks of addresses below them' };
}

interface Handlers {
  sample(event: PerfEvent, leafFirst: readonly PerfFrame[]): void;
  unreadable(line: number): void;
}

/** The samples of the first event that occurs: adding up cycles and instructions would mean nothing. */
async function eachSample(
  bytes: AsyncIterable<Uint8Array>,
  options: PerfOptions,
  handlers: Handlers,
): Promise<{ event: string; otherEvents: number }> {
  let wanted = '';
  let otherEvents = 0;
  let current: PerfEvent | undefined;
  let frames: PerfFrame[] = [];
  let java = false;
  const known = [
    new Map<string, PerfFrame[] | undefined>(),
    new Map<string, PerfFrame[] | undefined>(),
  ] as const;
  const parsed = (text: string): PerfFrame[] | undefined => {
    const cache = known[java ? 1 : 0];
    if (cache.has(text)) return cache.get(text);
    if (cache.size > 200_000) cache.clear();
    const result = perfFrames(text, { ...options, java });
    cache.set(text, result);
    return result;
  };
  const finish = (): void => {
    if (current) handlers.sample(current, frames);
    current = undefined;
    frames = [];
  };
  await eachLine(bytes, (buffer, start, end, line) => {
    if (end === start) return finish();
    if (buffer[start] === 35) return;
    const text = buffer.toString('utf8', start, end);
    const head = text.startsWith(' ') || text.startsWith('\t') ? undefined : perfEvent(text);
    if (head) {
      // A new head without a blank line before it begins a new sample, with the frames that were there.
      if (head.event !== '') {
        if (wanted === '') wanted = head.event;
        else if (head.event !== wanted) {
          otherEvents++;
          return;
        }
      }
      current = head;
      java = processFrame(head, options.id) === 'java';
      return;
    }
    const found = parsed(text);
    if (!found) {
      if (text.trim() !== '') handlers.unreadable(line);
    } else if (current) for (let i = found.length - 1; i >= 0; i--) frames.push(found[i] as PerfFrame);
  });
  // A blank line ends a sample. Without one the last stack may be cut off, and is left out.
  return { event: wanted, otherEvents };
}

/** Collapsed stacks of a `perf script` output, one line a distinct stack, in byte order. */
export async function collapsePerf(bytes: AsyncIterable<Uint8Array>, options: PerfOptions): Promise<string> {
  const weights = new Map<string, number>();
  await eachSample(bytes, options, {
    sample(event, leafFirst) {
      const stack = [processFrame(event, options.id), ...leafFirst.map((f) => f.name).reverse()].join(';');
      weights.set(stack, (weights.get(stack) ?? 0) + event.period);
    },
    unreadable: () => {},
  });
  return [...weights]
    .map(([stack, weight]) => ({ key: Buffer.from(stack), text: `${stack} ${weight}\n` }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map((x) => x.text)
    .join('');
}

export default profileReader({
  id: 'perf-script',
  title: 'output of perf script',
  looksFor: 'samples of perf script (a head with command, pid and event, then addresses with symbols)',
  recognise,
  async parse({ bytes }) {
    const tree = createCallTree(1);
    const names: { name: string; file: string }[] = [];
    const ids = new Map<string, number>();
    const threads = new Map<string, number>();
    let records = 0;
    let truncated = 0;
    let unreadable = 0;
    let firstUnreadable = 0;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    const frameOf = (name: string, file: string): number => {
      const key = `${name}\n${file}`;
      const before = ids.get(key);
      if (before !== undefined) return before;
      ids.set(key, names.length);
      names.push({ name, file });
      return names.length - 1;
    };
    const { event, otherEvents } = await eachSample(
      bytes,
      { kernel: true },
      {
        sample(e, leafFirst) {
          let node = tree.child(0, frameOf(e.command, ''));
          for (let i = leafFirst.length - 1; i >= 0; i--) {
            const f = leafFirst[i] as PerfFrame;
            node = tree.child(node, frameOf(f.name, f.binary));
          }
          tree.add(node, 0, e.period);
          if (leafFirst.length >= PERF_MAX_STACK) truncated++;
          const thread = `${e.command} ${e.tid}`;
          threads.set(thread, (threads.get(thread) ?? 0) + e.period);
          if (e.timeSeconds !== undefined) {
            if (e.timeSeconds < from) from = e.timeSeconds;
            if (e.timeSeconds > to) to = e.timeSeconds;
          }
          records++;
        },
        unreadable(line) {
          if (unreadable++ === 0) firstUnreadable = line;
        },
      },
    );
    if (records === 0)
      throw new MalformedProfile(
        'There is no sample in it',
        firstUnreadable > 0 ? `first line that could not be read: ${firstUnreadable}` : 'whole file',
        'Record with perf record -g and write it with perf script.',
      );
    const frames = listedFrames(names);
    return {
      format: 'perf-script',
      runtime: runtimeOf(frames),
      sampleTypes: [{ name: event === '' ? 'samples' : event, unit: 'count' }],
      primary: 0,
      frames,
      tree: tree.build(),
      samples: records,
      records,
      ...(to > from ? { durationNs: (to - from) * 1e9 } : {}),
      events: [],
      threads: [...threads].map(([name, weight]) => ({ name, weight })),
      labels: [],
      truncatedStacks: truncated,
      notes: [
        ...(otherEvents > 0 ? [`${otherEvents} samples of other events than ${event} were left out`] : []),
        ...(unreadable > 0
          ? [`${unreadable} lines could not be read, the first is line ${firstUnreadable}`]
          : []),
      ],
    };
  },
});
