import type { Profile } from '../../../domain/index.js';
import { createCallTree } from '../../../models/call-tree.js';
import { isObject, type Sample } from '../sample.js';
import { growingInts, growingNumbers } from './growing.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';
import { canonicalUnit, nanosecondsIn } from './time-unit.js';

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json';

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const head = sample.json?.value;
  if (!isObject(head)) return undefined;
  if (head.$schema === SCHEMA) return { confidence: 1, by: 'the schema of speedscope' };
  const shared = head.shared;
  return isObject(shared) && Array.isArray(shared.frames) && ('profiles' in head || 'exporter' in head)
    ? { confidence: 0.95, by: 'shared frames and a list of profiles' }
    : undefined;
}

/** speedscope's own JSON, sampled and evented; what py-spy and many exporters write. One profile of it is one thread. */
export default profileReader({
  id: 'speedscope',
  title: 'speedscope JSON',
  looksFor: 'speedscope JSON (shared frames, sampled or evented profiles)',
  recognise,
  async parse({ bytes }): Promise<Profile> {
    const frames: { name: string; file: string; line: number; column: number }[] = [];
    const tree = createCallTree(1);
    const threads: { name: string; weight: number }[] = [];
    const units = new Set<string>();
    let maxFrame = -1;
    let records = 0;
    let longestNs = 0;
    let exporter = '';
    const timeNode = growingInts();
    const timeAt = growingNumbers();
    const timeWeight = growingNumbers();

    let stacks = growingInts();
    let weights = growingNumbers();
    let events: { open: boolean; frame: number; at: number }[] = [];
    let head: { type: string; name: string; unit: string; start: number; end: number };
    const begin = (): void => {
      stacks = growingInts();
      weights = growingNumbers();
      events = [];
      head = { type: '', name: '', unit: 'none', start: 0, end: 0 };
    };
    begin();
    const stack = (value: unknown, byte: number): void => {
      if (!Array.isArray(value))
        throw new MalformedProfile('A sample is no list of frames', `byte ${byte}`, AGAIN);
      let node = 0;
      for (const f of value) {
        if (!Number.isInteger(f) || f < 0)
          throw new MalformedProfile('A frame is no number of the list of frames', `byte ${byte}`, AGAIN);
        if (f > maxFrame) maxFrame = f;
        node = tree.child(node, f);
      }
      stacks.push(node);
    };
    const event = (value: unknown, byte: number): void => {
      const e = isObject(value) ? value : {};
      if (
        (e.type !== 'O' && e.type !== 'C') ||
        !Number.isInteger(e.frame) ||
        (e.frame as number) < 0 ||
        typeof e.at !== 'number'
      )
        throw new MalformedProfile('An event has no type, frame or time', `byte ${byte}`, AGAIN);
      if ((e.frame as number) > maxFrame) maxFrame = e.frame as number;
      events.push({ open: e.type === 'O', frame: e.frame as number, at: e.at });
    };
    const finish = (): void => {
      const scale = nanosecondsIn(head.unit) ?? 1;
      units.add(head.unit);
      let total = 0;
      const put = (node: number, at: number, weight: number): void => {
        tree.add(node, 0, weight);
        total += weight;
        records++;
        timeNode.push(node);
        timeAt.push(at);
        timeWeight.push(weight);
      };
      if (head.type === 'evented' || events.length > 0) {
        const open: number[] = [0];
        let last = events[0]?.at ?? 0;
        for (const e of events) {
          const top = open[open.length - 1] as number;
          if (e.at < last)
            throw new MalformedProfile(
              'An event lies before the one it follows',
              `profile ${head.name}`,
              AGAIN,
            );
          if (e.at > last && top > 0) put(top, (last - head.start) * scale, (e.at - last) * scale);
          last = e.at;
          if (e.open) open.push(tree.child(top, e.frame));
          else if (open.length > 1) open.pop();
          else
            throw new MalformedProfile(
              'A frame is closed that was not opened',
              `profile ${head.name}`,
              AGAIN,
            );
        }
      } else {
        const nodes = stacks.view();
        const w = weights.view();
        if (w.length > 0 && w.length !== nodes.length)
          throw new MalformedProfile(
            `There are ${nodes.length} samples and ${w.length} weights`,
            `profile ${head.name}`,
            AGAIN,
          );
        let at = 0;
        for (let i = 0; i < nodes.length; i++) {
          const weight = w.length > 0 ? (w[i] as number) * scale : 1;
          put(nodes[i] as number, at, weight);
          at += weight;
        }
      }
      threads.push({ name: head.name, weight: total });
      const span = (head.end - head.start) * scale;
      if (nanosecondsIn(head.unit) !== undefined) longestNs = Math.max(longestNs, span);
    };
    const text = (v: unknown): string => (typeof v === 'string' ? v : '');
    const number = (v: unknown): number => (typeof v === 'number' ? v : 0);
    await readJson(bytes, {
      members: {
        exporter: { value: (v) => (exporter = text(v)) },
        shared: {
          members: {
            frames: {
              each(value, byte) {
                if (!isObject(value) || typeof value.name !== 'string')
                  throw new MalformedProfile('A frame has no name', `byte ${byte}`, AGAIN);
                frames.push({
                  name: value.name,
                  file: text(value.file),
                  line: number(value.line),
                  column: number(value.col),
                });
              },
            },
          },
        },
        profiles: {
          begin,
          end: finish,
          eachMembers: {
            type: { value: (v) => (head.type = text(v)) },
            name: { value: (v) => (head.name = text(v)) },
            unit: { value: (v) => (head.unit = text(v) || 'none') },
            startValue: { value: (v) => (head.start = number(v)) },
            endValue: { value: (v) => (head.end = number(v)) },
            samples: { each: stack },
            weights: { numbers: (n) => weights.push(n) },
            events: { each: event },
          },
        },
      },
    });
    if (maxFrame >= frames.length)
      throw new MalformedProfile(
        `Frame ${maxFrame} is asked for, but there are only ${frames.length}`,
        'shared frames',
        AGAIN,
      );
    if (records === 0)
      throw new MalformedProfile('There is no sample in it', 'profiles', 'Record for longer, or under load.');
    const kinds = new Set([...units].map(canonicalUnit));
    if (kinds.size > 1)
      throw new MalformedProfile(
        `Its profiles count different things: ${[...kinds].join(', ')}`,
        'profiles',
        'Write one file for each unit.',
      );
    const unit = [...kinds][0] ?? 'count';
    const table = listedFrames(frames);
    return {
      format: 'speedscope',
      runtime: exporter.startsWith('py-spy') ? 'python' : runtimeOf(table),
      sampleTypes: [{ name: unit === 'nanoseconds' ? 'time' : 'weight', unit }],
      primary: 0,
      frames: table,
      tree: tree.build(),
      samples: records,
      records,
      ...(longestNs > 0 ? { durationNs: longestNs } : {}),
      ...(unit === 'nanoseconds' && threads.length === 1
        ? {
            timeline: {
              node: timeNode.view(),
              timeUs: timeAt.view().map((ns) => ns / 1000),
              weight: timeWeight.view().map((ns) => ns / 1000),
            },
          }
        : {}),
      events: [],
      threads,
      labels: [],
      truncatedStacks: 0,
      notes: [],
    };
  },
});
