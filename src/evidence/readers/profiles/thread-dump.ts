import { createCallTree } from '../../../models/call-tree.js';
import type { Sample } from '../sample.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames } from './stack-frames.js';
import { eachLine, leadingLines } from './text-lines.js';

const THREAD = /^"(.*)" (?:#\d+ |\[\d+\] |daemon |prio=|os_prio=|Id=)/;
const STATE = /^\s+java\.lang\.Thread\.State: (\w+)(?: \((.*)\))?/;
const FRAME = /^\s+at ([\w$.<>/@]+)\(([^():]+)?(?::(\d+))?\)/;
const BLOCKED = /^\s+- waiting to lock <(0x[0-9a-f]+)> \(an? (.+)\)/;

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const text = leadingLines(sample).join('\n');
  const dumps = /Full thread dump/.test(text);
  const threads = text.split('\n').filter((l) => THREAD.test(l)).length;
  const states = text.split('\n').filter((l) => STATE.test(l)).length;
  if (threads === 0 || (!dumps && states === 0)) return undefined;
  return { confidence: dumps ? 1 : 0.95, by: 'Java threads with their states' };
}

/**
 * Dumps of Java threads (`jstack`, `jcmd Thread.print`, `kill -3`). Several in a row make a poor man's profile: each
 * running or blocked thread of each dump is one sample.
 */
export default profileReader({
  id: 'thread-dump',
  title: 'Java thread dumps',
  looksFor: 'Java thread dumps (jstack, jcmd Thread.print)',
  recognise,
  async parse({ bytes }) {
    const tree = createCallTree(2);
    const frames: { name: string; file: string; line: number }[] = [];
    const ids = new Map<string, number>();
    const threads = new Map<string, number>();
    const locks = new Map<string, number>();
    let dumps = 0;
    let records = 0;
    let waiting = 0;
    let current: { name: string; state: string; frames: number[]; lock: string } | undefined;
    const frameOf = (name: string, file: string, line: number): number => {
      const key = `${name}\n${file}\n${line}`;
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, frames.length);
      frames.push({ name, file, line });
      return frames.length - 1;
    };
    const finish = (): void => {
      const t = current;
      current = undefined;
      if (!t || t.frames.length === 0) return;
      const blocked = t.state === 'BLOCKED';
      // A thread that waits to be woken does nothing that could be slow.
      if (t.state !== 'RUNNABLE' && !blocked) {
        waiting++;
        return;
      }
      let node = 0;
      for (let i = t.frames.length - 1; i >= 0; i--) node = tree.child(node, t.frames[i] as number);
      tree.add(node, 0, 1);
      if (blocked) {
        tree.add(node, 1, 1);
        if (t.lock !== '') locks.set(t.lock, (locks.get(t.lock) ?? 0) + 1);
      }
      threads.set(t.name, (threads.get(t.name) ?? 0) + 1);
      records++;
    };
    await eachLine(bytes, (buffer, start, end) => {
      const line = buffer.toString('utf8', start, end);
      if (/Full thread dump/.test(line)) {
        finish();
        dumps++;
        return;
      }
      const thread = THREAD.exec(line);
      if (thread) {
        finish();
        current = {
          name: thread[1] ?? '',
          state: /\brunnable\b/.test(line) ? 'RUNNABLE' : '',
          frames: [],
          lock: '',
        };
        return;
      }
      if (!current) return;
      const state = STATE.exec(line);
      if (state) current.state = state[1] ?? '';
      const frame = FRAME.exec(line);
      if (frame)
        current.frames.push(
          frameOf((frame[1] ?? '').replace(/^.*\//, ''), frame[2] ?? '', Number(frame[3] ?? 0)),
        );
      const lock = BLOCKED.exec(line);
      if (lock && current.lock === '') current.lock = lock[2] ?? '';
      if (line.trim() === '') finish();
    });
    finish();
    if (records === 0)
      throw new MalformedProfile(
        waiting > 0 ? 'Every thread of it waits to be woken' : 'There is no thread with a stack in it',
        'whole file',
        'Take several dumps a second apart while the trouble lasts: jcmd PID Thread.print.',
      );
    const details = [...locks]
      .map(([name, weight]) => ({ name, weight }))
      .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
    const blocked = details.reduce((sum, d) => sum + d.weight, 0);
    return {
      format: 'thread-dump',
      runtime: 'jvm',
      sampleTypes: [
        { name: 'threads', unit: 'count' },
        { name: 'blocked', unit: 'count' },
      ],
      primary: 0,
      frames: listedFrames(frames),
      tree: tree.build(),
      samples: records,
      records,
      events:
        blocked > 0
          ? [
              {
                kind: 'lock-wait',
                count: blocked,
                total: blocked,
                max: details[0]?.weight ?? 0,
                unit: 'count',
                details,
                places: [],
              },
            ]
          : [],
      threads: [...threads].map(([name, weight]) => ({ name, weight })),
      labels: [],
      truncatedStacks: 0,
      notes: [`${Math.max(1, dumps)} dumps; ${waiting} threads that wait to be woken were left out`],
    };
  },
});
