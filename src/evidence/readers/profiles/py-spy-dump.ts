import { createCallTree } from '../../../models/call-tree.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames } from './stack-frames.js';
import { eachLine, leadingLines } from './text-lines.js';

const PROCESS = /^Process \d+: /;
const THREAD = /^Thread (?:0x)?[0-9A-Fa-f]+ \(([^)]*)\)(?:: "(.*)")?/;
const FRAME = /^ {4}(\S.*?) \((.+?)(?::(\d+))?\)$/;

/** `py-spy dump`, once or many times in a row: each active thread of each dump is one sample. */
export default profileReader({
  id: 'py-spy-dump',
  title: 'py-spy dumps',
  looksFor: 'dumps of py-spy (Process, Thread, frames)',
  recognise(sample) {
    const lines = leadingLines(sample);
    return lines.some((l) => PROCESS.test(l)) && lines.some((l) => THREAD.test(l))
      ? { confidence: 1, by: 'a process, and threads with frames' }
      : undefined;
  },
  async parse({ bytes }) {
    const tree = createCallTree(2);
    const frames: { name: string; file: string; line: number }[] = [];
    const ids = new Map<string, number>();
    const threads = new Map<string, number>();
    let current: { state: string; name: string; stack: number[] } | undefined;
    let records = 0;
    let idle = 0;
    let dumps = 0;
    const finish = (): void => {
      const t = current;
      current = undefined;
      if (!t || t.stack.length === 0) return;
      if (t.state.startsWith('idle')) {
        idle++;
        return;
      }
      let node = 0;
      for (let i = t.stack.length - 1; i >= 0; i--) node = tree.child(node, t.stack[i] as number);
      tree.add(node, 0, 1);
      if (t.state.includes('gil')) tree.add(node, 1, 1);
      threads.set(t.name, (threads.get(t.name) ?? 0) + 1);
      records++;
    };
    await eachLine(bytes, (buffer, start, end) => {
      const line = buffer.toString('utf8', start, end);
      if (PROCESS.test(line)) {
        finish();
        dumps++;
        return;
      }
      const thread = THREAD.exec(line);
      if (thread) {
        finish();
        current = { state: thread[1] ?? '', name: thread[2] ?? '', stack: [] };
        return;
      }
      const frame = FRAME.exec(line);
      if (!frame || !current) return;
      const [, name = '', file = '', at = '0'] = frame;
      const key = `${name}\n${file}\n${at}`;
      let id = ids.get(key);
      if (id === undefined) {
        id = frames.length;
        ids.set(key, id);
        frames.push({ name, file, line: Number(at) });
      }
      current.stack.push(id);
    });
    finish();
    if (records === 0)
      throw new MalformedProfile(
        idle > 0 ? 'Every thread of it is idle' : 'There is no thread with frames in it',
        'whole file',
        'Take several dumps while the trouble lasts, or record: py-spy record --pid PID.',
      );
    return {
      format: 'py-spy-dump',
      runtime: 'python',
      sampleTypes: [
        { name: 'threads', unit: 'count' },
        { name: 'gil', unit: 'count' },
      ],
      primary: 0,
      frames: listedFrames(frames),
      tree: tree.build(),
      samples: records,
      records,
      events: [],
      threads: [...threads].map(([name, weight]) => ({ name, weight })),
      labels: [],
      truncatedStacks: 0,
      notes: [`${dumps} dumps; ${idle} idle threads were left out`],
    };
  },
});
