import type { Profile, RuntimeEvents } from '../../../domain/index.js';
import { createCallTree } from '../../../models/call-tree.js';
import { createEventTotals } from './event-totals.js';
import { eachJfrEvent, JFR_MAGIC, type JfrEvent } from './jfr-chunks.js';
import type { JfrValue } from './jfr-types.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames } from './stack-frames.js';

const SAMPLES = 0;
const ALLOCATED = 1;
const LOCKED = 2;

/** Java Flight Recorder, of the JDK and of async-profiler: samples, allocations, locks, collections. */
export default profileReader({
  id: 'jfr',
  title: 'Java Flight Recorder',
  looksFor: 'Java Flight Recorder files',
  recognise(sample) {
    return Buffer.from(sample.bytes.subarray(0, 4)).toString('latin1') === JFR_MAGIC
      ? { confidence: 1, by: 'its first four bytes' }
      : undefined;
  },
  async parse({ bytes }): Promise<Profile> {
    const tree = createCallTree(3);
    const frames: { name: string; file: string; line: number }[] = [];
    const frameIds = new Map<string, number>();
    const threads = new Map<string, number>();
    const events = createEventTotals();
    let samples = 0;
    let records = 0;
    let nativeSamples = 0;
    let truncated = 0;
    let throwables: { first: number; last: number } | undefined;

    const text = (value: JfrValue): string => (typeof value === 'string' ? value : '');
    const number = (value: JfrValue): number => (typeof value === 'number' ? value : 0);
    const className = (e: JfrEvent, value: JfrValue): string =>
      text(e.member(value, 'name', 'string')).replaceAll('/', '.') ||
      text(e.member(value, 'name')).replaceAll('/', '.');
    const frameOf = (e: JfrEvent, frame: JfrValue): number => {
      const method = e.member(frame, 'method');
      const cls = className(e, e.member(method, 'type')) || '[unknown class]';
      const name = `${cls}.${text(e.member(method, 'name', 'string')) || '[unknown method]'}`;
      const line = Math.max(0, number(e.member(frame, 'lineNumber')));
      const key = `${name}:${line}`;
      const known = frameIds.get(key);
      if (known !== undefined) return known;
      frameIds.set(key, frames.length);
      frames.push({ name, file: `${cls.replace(/\$.*$/, '').replaceAll('.', '/')}.java`, line });
      return frames.length - 1;
    };
    /** The node of an event's stack; 0 when it has none. */
    const nodeOf = (e: JfrEvent): number => {
      const trace = e.member(e.fields, 'stackTrace');
      const list = e.member(trace, 'frames');
      if (!Array.isArray(list)) return 0;
      if (e.member(trace, 'truncated') === true) truncated++;
      let node = 0;
      for (let i = list.length - 1; i >= 0; i--) node = tree.child(node, frameOf(e, list[i]));
      return node;
    };
    const threadOf = (e: JfrEvent, field: string): string =>
      text(e.member(e.fields, field, 'javaName')) || text(e.member(e.fields, field, 'osName'));
    /** The nearest frame of the program: where a wait or a throw is. */
    const placeOf = (e: JfrEvent): { function: string; file: string; line: number } | undefined => {
      const list = e.member(e.fields, 'stackTrace', 'frames');
      if (!Array.isArray(list)) return undefined;
      const ids = list.map((f) => frames[frameOf(e, f)]);
      const own = ids.find((f) => f && !/^(?:java|javax|jdk|sun)\./.test(f.name)) ?? ids[0];
      return own ? { function: own.name, file: own.file, line: own.line } : undefined;
    };

    const handlers: Readonly<Record<string, (e: JfrEvent) => void>> = {
      'jdk.ExecutionSample'(e) {
        const node = nodeOf(e);
        if (node === 0) return;
        tree.add(node, SAMPLES, 1);
        samples++;
        const thread = threadOf(e, 'sampledThread');
        if (thread !== '') threads.set(thread, (threads.get(thread) ?? 0) + 1);
      },
      'jdk.NativeMethodSample'() {
        nativeSamples++;
      },
      'jdk.ObjectAllocationSample'(e) {
        tree.add(nodeOf(e), ALLOCATED, number(e.fields.weight));
        events.add(
          'allocation',
          'bytes',
          number(e.fields.weight),
          className(e, e.fields.objectClass),
          placeOf(e),
        );
      },
      'jdk.ObjectAllocationInNewTLAB'(e) {
        tree.add(nodeOf(e), ALLOCATED, number(e.fields.tlabSize));
        events.add(
          'allocation',
          'bytes',
          number(e.fields.tlabSize),
          className(e, e.fields.objectClass),
          placeOf(e),
        );
      },
      'jdk.ObjectAllocationOutsideTLAB'(e) {
        tree.add(nodeOf(e), ALLOCATED, number(e.fields.allocationSize));
        events.add(
          'allocation',
          'bytes',
          number(e.fields.allocationSize),
          className(e, e.fields.objectClass),
          placeOf(e),
        );
      },
      'jdk.JavaMonitorEnter'(e) {
        const ns = e.nanoseconds(e.fields.duration);
        tree.add(nodeOf(e), LOCKED, ns);
        events.add('lock-wait', 'nanoseconds', ns, className(e, e.fields.monitorClass), placeOf(e));
        const thread = threadOf(e, 'eventThread');
        if (thread !== '' && !threads.has(thread)) threads.set(thread, 0);
      },
      'jdk.ThreadPark'(e) {
        events.add(
          'park',
          'nanoseconds',
          e.nanoseconds(e.fields.duration),
          className(e, e.fields.parkedClass),
          undefined,
        );
      },
      'jdk.GarbageCollection'(e) {
        events.add(
          'gc-pause',
          'nanoseconds',
          e.nanoseconds(e.fields.sumOfPauses),
          text(e.member(e.fields, 'cause', 'cause')) || text(e.member(e.fields, 'name', 'name')),
          undefined,
        );
      },
      'jdk.ExceptionStatistics'(e) {
        const n = number(e.fields.throwables);
        throwables = throwables
          ? { first: Math.min(throwables.first, n), last: Math.max(throwables.last, n) }
          : { first: n, last: n };
      },
      'jdk.JavaExceptionThrow'(e) {
        events.add('exception-thrown', 'count', 1, className(e, e.fields.thrownClass), placeOf(e));
      },
      'jdk.Deoptimization'(e) {
        events.add('deoptimisation', 'count', 1, text(e.member(e.fields, 'reason', 'reason')), placeOf(e));
      },
      'jdk.CPULoad'(e) {
        const others = number(e.fields.machineTotal) - number(e.fields.jvmUser) - number(e.fields.jvmSystem);
        events.add('host-cpu', 'ratio', Math.max(0, others), '', undefined);
      },
    };
    const chunks = await eachJfrEvent(bytes, new Set(Object.keys(handlers)), (e) => {
      records++;
      handlers[e.name]?.(e);
    });
    const told: RuntimeEvents[] = events.list();
    if (throwables && throwables.last > throwables.first)
      told.push({
        kind: 'exceptions',
        count: throwables.last - throwables.first,
        total: throwables.last - throwables.first,
        max: 0,
        unit: 'count',
        details: [],
        places: [],
      });
    if (records === 0)
      throw new MalformedProfile(
        'The recording has no samples and no events that are read',
        'whole file',
        'Record with settings=profile, under load.',
      );
    const built = tree.build();
    const locked = told.find((e) => e.kind === 'lock-wait')?.total ?? 0;
    const allocated = told.find((e) => e.kind === 'allocation')?.total ?? 0;
    return {
      format: 'jfr',
      runtime: 'jvm',
      sampleTypes: [
        { name: 'cpu', unit: 'count' },
        { name: 'alloc_space', unit: 'bytes' },
        { name: 'lock', unit: 'nanoseconds' },
      ],
      primary: samples > 0 ? SAMPLES : locked > 0 ? LOCKED : allocated > 0 ? ALLOCATED : SAMPLES,
      frames: listedFrames(frames),
      tree: built,
      samples,
      samplesByType: [samples, countOf(told, 'allocation'), countOf(told, 'lock-wait')],
      records,
      durationNs: chunks.reduce((sum, c) => sum + c.durationNs, 0),
      ...(chunks[0] ? { startNs: chunks[0].startNs } : {}),
      events: told,
      threads: [...threads].map(([name, weight]) => ({ name, weight })),
      labels: [],
      truncatedStacks: truncated,
      notes:
        nativeSamples > 0
          ? [`${nativeSamples} samples of threads in native code (mostly waiting) were left out`]
          : [],
    };
  },
});

const countOf = (events: readonly RuntimeEvents[], kind: string): number =>
  events.find((e) => e.kind === kind)?.count ?? 0;
