import type { Profile, RuntimeEvents } from '../../../domain/index.js';
import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject, type JsonObject, type Sample } from '../sample.js';
import { type Growing, growingInts, growingNumbers } from './growing.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';
import { createV8Nodes, type V8Nodes } from './v8-nodes.js';
import { v8Profile } from './v8-samples.js';

function traceEvent(value: unknown): boolean {
  return (
    isObject(value) && typeof value.ph === 'string' && 'pid' in value && ('ts' in value || value.ph === 'M')
  );
}

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const json = sample.json?.value;
  const list = Array.isArray(json) ? json : isObject(json) ? arrayOf(json.traceEvents) : [];
  const first = list.slice(0, 20);
  return first.length > 0 && first.filter(traceEvent).length >= first.length * 0.9
    ? { confidence: 0.98, by: 'trace events with phase, process and time' }
    : undefined;
}

interface CpuStream {
  nodes: V8Nodes;
  samples: Growing<Int32Array>;
  deltas: Growing<Float64Array>;
  startUs: number | undefined;
}
interface Span {
  name: string;
  ts: number;
  dur: number;
}

/** Longest list of spans that is kept of one thread. */
const MAX_SPANS = 5_000_000;

/** Chrome's trace events: the sampled CPU profile in them when there is one, else the nesting of their spans. */
export default profileReader({
  id: 'chrome-trace',
  title: 'Chrome trace',
  looksFor: 'Chrome traces (traceEvents with ph, ts, pid)',
  recognise,
  async parse({ sample, bytes }): Promise<Profile> {
    const streams = new Map<string, CpuStream>();
    const threads = new Map<string, { spans: Span[]; open: { name: string; ts: number }[] }>();
    const collections: number[] = [];
    let count = 0;
    const chunk = (e: JsonObject, byte: number): void => {
      const key = `${String(e.pid)}/${String(e.id)}`;
      const data = isObject(e.args) && isObject(e.args.data) ? e.args.data : {};
      let stream = streams.get(key);
      if (!stream) {
        stream = {
          nodes: createV8Nodes('hitCount'),
          samples: growingInts(),
          deltas: growingNumbers(),
          startUs: undefined,
        };
        streams.set(key, stream);
      }
      if (typeof data.startTime === 'number') stream.startUs = data.startTime;
      const cpu = isObject(data.cpuProfile) ? data.cpuProfile : {};
      for (const node of arrayOf(cpu.nodes)) stream.nodes.add(node, `byte ${byte}`);
      for (const id of arrayOf(cpu.samples)) if (typeof id === 'number') stream.samples.push(id);
      for (const us of arrayOf(data.timeDeltas)) if (typeof us === 'number') stream.deltas.push(us);
    };
    const event = (value: unknown, byte: number): void => {
      if (!isObject(value) || typeof value.ph !== 'string')
        throw new MalformedProfile('A trace event has no phase', `byte ${byte}`, AGAIN);
      count++;
      const e = value;
      const name = typeof e.name === 'string' ? e.name : '';
      const ts = typeof e.ts === 'number' ? e.ts : 0;
      if (e.ph === 'P' && (name === 'Profile' || name === 'ProfileChunk')) {
        chunk(e, byte);
        return;
      }
      const dur = typeof e.dur === 'number' ? e.dur : 0;
      if (e.ph === 'X' && /^(?:MinorGC|MajorGC|V8\.GC)/.test(name)) collections.push(dur * 1000);
      if (e.ph !== 'X' && e.ph !== 'B' && e.ph !== 'E') return;
      const key = `${String(e.pid)}/${String(e.tid)}`;
      let thread = threads.get(key);
      if (!thread) {
        thread = { spans: [], open: [] };
        threads.set(key, thread);
      }
      if (thread.spans.length > MAX_SPANS)
        throw new MalformedProfile(
          `One thread has more than ${MAX_SPANS} spans`,
          `byte ${byte}`,
          'Record for a shorter time.',
        );
      if (e.ph === 'X') thread.spans.push({ name, ts, dur });
      else if (e.ph === 'B') thread.open.push({ name, ts });
      else {
        const begun = thread.open.pop();
        if (begun) thread.spans.push({ name: begun.name, ts: begun.ts, dur: ts - begun.ts });
      }
    };
    const isList = Array.isArray(sample.json?.value);
    await readJson(bytes, isList ? { each: event } : { members: { traceEvents: { each: event } } });
    const events = pauses(collections);
    const busiest = [...streams.values()].sort((a, b) => b.samples.length - a.samples.length)[0];
    if (busiest && busiest.samples.length > 0) {
      const profile = v8Profile(
        'chrome-trace',
        busiest.nodes,
        busiest.samples.view(),
        busiest.deltas.view(),
        {
          startUs: busiest.startUs,
          endUs: undefined,
        },
      );
      const others = streams.size - 1;
      return {
        ...profile,
        events: [...profile.events, ...events],
        notes: [
          ...profile.notes,
          ...(others > 0 ? [`${others} other profiles in the trace were left out`] : []),
        ],
      };
    }
    if (threads.size === 0)
      throw new MalformedProfile(
        count === 0 ? 'The trace has no events' : 'The trace has no samples and no spans',
        'traceEvents',
        'Record with the profiler switched on, or with spans.',
      );
    return spansProfile(threads, events);
  },
});

function pauses(durations: readonly number[]): RuntimeEvents[] {
  if (durations.length === 0) return [];
  return [
    {
      kind: 'gc-pause',
      count: durations.length,
      total: durations.reduce((a, b) => a + b, 0),
      max: Math.max(...durations.slice(0, 100_000)),
      unit: 'nanoseconds',
      details: [],
      places: [],
    },
  ];
}

/** Spans of a thread nest by time: what lies within another was called by it. */
function spansProfile(threads: ReadonlyMap<string, { spans: Span[] }>, events: RuntimeEvents[]): Profile {
  const tree = createCallTree(1);
  const names: { name: string }[] = [];
  const ids = new Map<string, number>();
  let records = 0;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const perThread: { name: string; weight: number }[] = [];
  for (const [key, { spans }] of threads) {
    spans.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
    const open: { node: number; end: number }[] = [];
    let total = 0;
    for (const s of spans) {
      if (s.dur < 0) continue;
      while (open.length > 0 && (open[open.length - 1]?.end ?? 0) <= s.ts) open.pop();
      const above = open[open.length - 1];
      let id = ids.get(s.name);
      if (id === undefined) {
        id = names.length;
        ids.set(s.name, id);
        names.push({ name: s.name });
      }
      const node = tree.child(above?.node ?? 0, id);
      const end = above ? Math.min(above.end, s.ts + s.dur) : s.ts + s.dur;
      const ns = (end - s.ts) * 1000;
      tree.add(node, 0, ns);
      if (above) tree.add(above.node, 0, -ns);
      else total += ns;
      open.push({ node, end });
      records++;
      from = Math.min(from, s.ts);
      to = Math.max(to, end);
    }
    if (total > 0) perThread.push({ name: key, weight: total });
  }
  const frames = listedFrames(names);
  return {
    format: 'chrome-trace',
    runtime: runtimeOf(frames),
    sampleTypes: [{ name: 'time', unit: 'nanoseconds' }],
    primary: 0,
    frames,
    tree: tree.build(),
    samples: records,
    records,
    ...(to > from ? { durationNs: (to - from) * 1000 } : {}),
    events,
    threads: perThread,
    labels: [],
    truncatedStacks: 0,
    notes: ['made of spans, not of samples: only what is instrumented is seen'],
  };
}
